"use strict";
// Never comes back from a request.
module.exports = () => {
  for (;;);
};
