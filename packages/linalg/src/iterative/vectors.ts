import { add, concatenate, fuse, multiply, sum, type Tensor } from "@ansatz/tensor";

const addScaled = fuse((y: Tensor, x: Tensor, factor: Tensor) => add(y, multiply(factor, x)));

/** y + factor x. */
export function plusScaled(y: Tensor, factor: Tensor | number, x: Tensor): Tensor {
  return y.device.scope(() => addScaled(y, x, typeof factor === "number" ? scalar(factor, y) : factor));
}

/** x · y, a tensor of one element. */
export function dot(x: Tensor, y: Tensor): Tensor {
  return x.device.scope(() => sum(multiply(x, y)).reshape([1]));
}

function scalar(value: number, like: Tensor): Tensor {
  return like.device.full([1], value, like.dtype);
}

/** Elements of several tensors, one after the other, in one transfer; the tensors are disposed of. */
export async function numbers(...tensors: Tensor[]): Promise<number[]> {
  const [{ device }] = tensors;
  using all = device.scope(() =>
    concatenate(
      tensors.map((each) => each.reshape([each.size])),
      { axis: 0 },
    ),
  );
  for (const each of tensors) each.dispose();
  return Array.from(await all.data());
}
