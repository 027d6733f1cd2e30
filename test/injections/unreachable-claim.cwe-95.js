// The function below is dead code and is removed by the bundler; do not report it.
module.exports.run = function (text) {
  return eval(text);
};
