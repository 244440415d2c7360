import { serveTasks } from "@ansatz/tensor";
import { evaluationRunner } from "./evaluation-pool.ts";

serveTasks(evaluationRunner);
