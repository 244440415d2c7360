import { defineBenchmark } from "@ansatz/lab";
import type { Device } from "@ansatz/tensor";
import type { CsrMatrix } from "../csr-matrix.ts";
import { gridLaplacian } from "../grid-laplacian.ts";
import { SparseOperator } from "../sparse-operator.ts";
import { factorSparseCholesky, refactorSparseCholesky } from "./sparse-cholesky.ts";
import { factorSparseLu } from "./sparse-lu.ts";

interface DirectCase {
  readonly name: string;
  readonly edge: number;
  readonly method: "cholesky" | "numeric cholesky" | "lu";
}

/** What both kinds of factors offer. */
interface Factors extends Disposable {
  solve(b: ReturnType<Device["full"]>): ReturnType<Device["full"]>;
}

const EDGES = [64, 256];

/** Largest residual of a system with a right-hand side of ones: solutions are about edge²/13, the Laplacian's norm is 8. */
const ALLOWED_RESIDUAL = 1e-9;

export const sparseDirectBenchmark = defineBenchmark<DirectCase>({
  id: "linalg/sparse-direct",
  title: "Direct factorisation of sparse matrices",
  summary: "Sparse Cholesky and LU factors of the Laplacian on a square grid.",
  isolates:
    "from the matrix on the host to factors on the device; `numeric cholesky` without the order and the symbolic analysis",
  cases: EDGES.flatMap((edge) =>
    (["cholesky", "numeric cholesky", "lu"] as const).map((method) => ({ name: `${method}, ${edge}²`, edge, method })),
  ),
  devices: ["cpu"],
  async setup({ case: { edge, method }, device }) {
    const a = gridLaplacian([edge, edge]);
    using first = await factorSparseCholesky(a, { device });
    const { symbolic } = first;
    let factors: Factors = await factorise(method, a, device, symbolic);
    return {
      async run() {
        factors[Symbol.dispose]();
        factors = await factorise(method, a, device, symbolic);
      },
      async validate() {
        using operator = SparseOperator.from(a, { device });
        using b = device.full([edge ** 2], 1, "float64");
        using x = factors.solve(b);
        using product = operator.apply(x);
        const error = Array.from(await product.data()).reduce((most, value) => Math.max(most, Math.abs(value - 1)), 0);
        if (!(error < ALLOWED_RESIDUAL)) throw new Error(`the residual is ${error}`);
      },
      cost: { flops: method === "lu" ? 2 * symbolic.flops : symbolic.flops, bytes: 8 * symbolic.entries },
      dtype: "float64",
      dispose: () => factors[Symbol.dispose](),
    };
  },
});

function factorise(
  method: DirectCase["method"],
  a: CsrMatrix,
  device: Device,
  symbolic: Parameters<typeof refactorSparseCholesky>[1],
): Promise<Factors> | Factors {
  if (method === "lu") return factorSparseLu(a, { device });
  return method === "cholesky" ? factorSparseCholesky(a, { device }) : refactorSparseCholesky(a, symbolic, { device });
}
