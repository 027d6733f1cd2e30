/**
 * Tensors with gradients on libtorch.
 *
 * Making    tensor([[1, 2]]) tensor(typedArray, {shape}) zeros ones full empty arange rand randn randint randperm cat
 *           stack where *Like; options {dtype, device, generator}; "float32" "bfloat16" "float16" "int64" "bool" ...
 * Tensor    .shape .size(d) .ndim .numel .dtype .device .item() .data() .toFloat32Array() .toNumbers() .toArray()
 *           methods named as in PyTorch in camelCase; a trailing underscore writes in place; arguments in order:
 *           add sub mul div pow neg exp log sqrt rsqrt silu gelu ... eq lt ge ... maskedFill(mask, v) clamp(min, max)
 *           matmul sum(dims?, keepdim) mean amax softmax(dim) logSoftmax logsumexp argmax topk sort multinomial
 *           view(...sizes) reshape transpose permute(...dims) expand unsqueeze narrow slice select split to(dtype)
 *           gather index indexSelect indexCopy_ indexPut_ scatter_ copy_ zero_ addcmul_ addcdiv_ lerp_
 * Views     view narrow slice select transpose permute expand unsqueeze share memory: a KV cache is one tensor, and
 *           `cache.narrow(2, position, n).copy_(keys)` or `cache.indexCopy_(2, positions, keys)` writes into it.
 * Layers    linear(x, w, b?) embedding(w, ids) layerNorm rmsNorm(x, w, eps) dropout crossEntropy nllLoss
 *           bceWithLogits mseLoss scaledDotProductAttention(q, k, v, {mask, causal, scale, groupedHeads})
 * Gradients t.requiresGrad_() loss.backward() t.grad backward grad noGrad enableGrad inferenceMode autocast
 * Life      tidy(() => ...) disposes everything but the result; `using scope = tensorScope()` likewise for a block;
 *           keep(t), t.keep() take t out of its scope; t.dispose(); liveTensors() counts. Parameters are made outside scopes.
 * Training  AdamW clipGradNorm
 * Files     openSafetensors(path).tensor(name) loadSafetensors(path) saveSafetensors(path, map) saveShardedSafetensors
 * Anything  op("aten::roll")(t, [1], [0]) calls any ATen operator by its schema.
 *
 * The engine is synchronous: heavy work belongs in a worker thread, and no scope may be open across an await.
 */
export * from "./autograd.ts";
export * from "./clip.ts";
export * from "./create.ts";
export type { DType } from "./dtype.ts";
export { engineBuilt } from "./engine.ts";
export * from "./generator.ts";
export { type Handle } from "./handle.ts";
export * from "./nn.ts";
export * from "./op.ts";
export * from "./optim.ts";
export * from "./runtime.ts";
export * from "./safetensors.ts";
export { type SaveOptions, saveSafetensors, saveShardedSafetensors } from "./safetensors-write.ts";
export type { Scope } from "./scope.ts";
export * from "./tensor.ts";
export * from "./tidy.ts";
