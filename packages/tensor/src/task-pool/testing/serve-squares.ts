import { serveTasks } from "../serve-tasks.ts";
import { squares } from "./squares.ts";

serveTasks(squares);
