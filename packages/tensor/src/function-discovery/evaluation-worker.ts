import { serveTasks } from "../task-pool/serve-tasks.ts";
import { evaluationRunner } from "./candidate-evaluator.ts";

serveTasks(evaluationRunner);
