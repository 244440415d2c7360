import { describeParameters, discoverPackages, type Experiment, type ParameterDescription } from "@ansatz/lab";

/** An installed package and what it can run. */
export interface CataloguedPackage {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly experiments: readonly CataloguedExperiment[];
  /** Why parts of the package could not be loaded, in words. */
  readonly problems: readonly string[];
}

/** An experiment with the names GraphQL knows it by. */
export interface CataloguedExperiment {
  readonly id: string;
  readonly packageName: string;
  readonly declaration: Experiment;
  readonly parameters: readonly ParameterDescription[];
  /** `"ot/sinkhorn-newton"` as a GraphQL type name: `"OtSinkhornNewton"`. */
  readonly typeName: string;
}

/** What is installed, read once at the start of a gateway. */
export class Catalogue {
  readonly packages: readonly CataloguedPackage[];
  readonly experiments: readonly CataloguedExperiment[];
  readonly #packagesByName: ReadonlyMap<string, CataloguedPackage>;
  readonly #experimentsById: ReadonlyMap<string, CataloguedExperiment>;

  constructor(packages: readonly CataloguedPackage[]) {
    this.packages = packages;
    this.experiments = packages.flatMap((each) => each.experiments);
    this.#packagesByName = new Map(packages.map((each) => [each.name, each]));
    this.#experimentsById = new Map(this.experiments.map((each) => [each.id, each]));
  }

  /** Loads the packages that can be found from the folder `from`. */
  static async load(from: string): Promise<Catalogue> {
    const discovered = await discoverPackages({ from, load: ["experiments"] });
    return new Catalogue(
      discovered.map(({ name, version, description, experiments, problems }) => ({
        name,
        version,
        description,
        problems,
        experiments: experiments.map((declaration) => ({
          id: declaration.id,
          packageName: name,
          declaration,
          parameters: describeParameters(declaration),
          typeName: graphQLTypeName(declaration.id),
        })),
      })),
    );
  }

  package(name: string): CataloguedPackage | undefined {
    return this.#packagesByName.get(name);
  }

  experiment(id: string): CataloguedExperiment | undefined {
    return this.#experimentsById.get(id);
  }
}

function graphQLTypeName(experimentId: string): string {
  return experimentId
    .split(/[^a-zA-Z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}
