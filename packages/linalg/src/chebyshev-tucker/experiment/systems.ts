import { type Key, openDevice, uniform } from "@ansatz/tensor";
import type { Box, Triple } from "../format.ts";
import type { Lattice, Particles } from "../newton-kernel.ts";

/** Charges in a box, in the unit of length `unit`. */
export interface ChargedSystem extends Particles {
  readonly positions: Float64Array<ArrayBuffer>;
  readonly charges: Float64Array<ArrayBuffer>;
  readonly domain: Box;
  readonly unit: string;
  /** Lattices that the charges are made of, where they are. */
  readonly lattices?: readonly Lattice[];
}

/** Nuclear charges. */
const NUCLEI = { H: 1, C: 6, N: 7, O: 8 } as const;

/** Caffeine, C₈H₁₀N₄O₂: nuclei in ångström, of the structure that molecular viewers have shipped as `caffeine.xyz` since the nineties. */
const CAFFEINE: readonly (readonly [keyof typeof NUCLEI, number, number, number])[] = [
  ["H", -3.380413, -1.1272367, 0.5733036],
  ["N", 0.9668296, -1.0737425, -0.8198227],
  ["C", 0.0567293, 0.8527195, 0.3923156],
  ["N", -1.3751742, -1.0212243, -0.0570552],
  ["C", -1.2615018, 0.2590713, 0.5234135],
  ["C", -0.3068337, -1.6836331, -0.7169344],
  ["C", 1.1394235, 0.1874122, -0.27009],
  ["N", 0.5602627, 2.0839095, 0.8251589],
  ["O", -0.4926797, -2.8180554, -1.2094732],
  ["C", -2.6328073, -1.7303959, -0.0060953],
  ["O", -2.2301338, 0.7988624, 1.089973],
  ["H", 2.549699, 2.9734977, 0.622959],
  ["C", 2.0527432, -1.7360887, -1.4931279],
  ["H", -2.4807715, -2.7269528, 0.4882631],
  ["H", -3.0089039, -1.9025254, -1.0498023],
  ["H", 2.9176101, -1.8481516, -0.7857866],
  ["H", 2.3787863, -1.1211917, -2.3743655],
  ["H", 1.7189877, -2.748992, -1.8439205],
  ["C", -0.151845, 3.0970046, 1.5348347],
  ["C", 1.8934096, 2.1181245, 0.4193193],
  ["N", 2.2861252, 0.9968439, -0.2440298],
  ["H", -0.1687028, 4.0436553, 0.9301094],
  ["H", 0.3535322, 3.297906, 2.5177747],
  ["H", -1.2074498, 2.7537592, 1.7203047],
];

/** Bond lengths of C₆₀ in ångström, by electron diffraction of the gas (Hedberg et al., Science 254, 1991): in pentagons, and between them. */
const PENTAGON_BOND = 1.458;
const DOUBLE_BOND = 1.401;

/** Space left around a molecule. */
const MARGIN = 2;

export function caffeine(): ChargedSystem {
  const positions = Float64Array.from(CAFFEINE.flatMap(([, x, y, z]) => [x, y, z]));
  const charges = Float64Array.from(CAFFEINE, ([element]) => NUCLEI[element]);
  return { positions, charges, domain: cubeAround(positions), unit: "Å" };
}

/** C₆₀: on every edge of an icosahedron two atoms, a pentagon bond away from its ends. */
export function buckminsterfullerene(): ChargedSystem {
  const golden = (1 + Math.sqrt(5)) / 2;
  const half = PENTAGON_BOND + DOUBLE_BOND / 2;
  const corners = [0, 1, 2].flatMap((turn) =>
    [-1, 1].flatMap((a) =>
      [-1, 1].map((b) => {
        const corner = [0, a * half, b * golden * half];
        return [corner[turn % 3], corner[(turn + 1) % 3], corner[(turn + 2) % 3]] as const;
      }),
    ),
  );
  const positions: number[] = [];
  for (const from of corners)
    for (const to of corners) {
      const length = Math.hypot(...from.map((x, axis) => to[axis] - x));
      // The edges are the shortest distances.
      if (from === to || length > 2.1 * half) continue;
      positions.push(...from.map((x, axis) => x + ((to[axis] - x) * PENTAGON_BOND) / length));
    }
  const charges = new Float64Array(positions.length / 3).fill(NUCLEI.C);
  return { positions: Float64Array.from(positions), charges, domain: cubeAround(positions), unit: "Å" };
}

/** Caesium chloride: a cube of positive sites and one of negative sites in its cells, without one ion in the middle. The box is [−1, 1]³. */
export function ionLattice(sitesPerEdge: number): ChargedSystem {
  const spacing = 1.8 / (sitesPerEdge - 0.5);
  const lattices = [1, -1].map((charge): Lattice => {
    const first = -0.9 + (charge < 0 ? spacing / 2 : 0);
    return {
      counts: [sitesPerEdge, sitesPerEdge, sitesPerEdge],
      origin: [first, first, first],
      spacing: [spacing, spacing, spacing],
      charge,
    };
  });
  const middle = Math.floor(sitesPerEdge / 2);
  const vacancy: Lattice = {
    ...lattices[0],
    counts: [1, 1, 1],
    origin: lattices[0].origin.map((x) => x + middle * spacing) as unknown as Triple<number>,
    charge: -1,
  };
  const all = [...lattices, vacancy];
  const sites = lattices.flatMap(({ counts, origin, charge = 1 }) => {
    const indices = Array.from({ length: counts[0] ** 3 }, (_, at) => [
      Math.floor(at / counts[0] ** 2),
      Math.floor(at / counts[0]) % counts[0],
      at % counts[0],
    ]);
    return indices
      .filter((index) => charge < 0 || index.some((i) => i !== middle))
      .map((index) => ({ charge, place: index.map((i, axis) => origin[axis] + i * spacing) }));
  });
  return {
    positions: Float64Array.from(sites.flatMap(({ place }) => place)),
    charges: Float64Array.from(sites, ({ charge }) => charge),
    domain: UNIT_BOX,
    unit: "half edges",
    lattices: all,
  };
}

/** Charges ±1 at random places of [−0.9, 0.9]³. */
export async function randomCharges(count: number, key: Key): Promise<ChargedSystem> {
  await using device = await openDevice("cpu", { threads: 1 });
  using draws = uniform(key, [4 * count], { device, dtype: "float64" });
  const numbers = (await draws.data()) as Float64Array;
  return {
    positions: Float64Array.from(numbers.subarray(0, 3 * count), (u) => 1.8 * u - 0.9),
    charges: Float64Array.from(numbers.subarray(3 * count), (u) => (u < 0.5 ? -1 : 1)),
    domain: UNIT_BOX,
    unit: "half edges",
  };
}

const UNIT_BOX: Box = [
  [-1, 1],
  [-1, 1],
  [-1, 1],
];

/** The cube around the middle of the extremes, with a margin. */
function cubeAround(positions: ArrayLike<number>): Box {
  const ends = [0, 1, 2].map((axis) => {
    const along = Array.from(positions).filter((_, at) => at % 3 === axis);
    return [Math.min(...along), Math.max(...along)];
  });
  const half = Math.max(...ends.map(([low, high]) => (high - low) / 2)) + MARGIN;
  return ends.map(([low, high]) => [(low + high) / 2 - half, (low + high) / 2 + half]) as unknown as Box;
}
