import { listDevices } from "@ansatz/tensor";

process.send!(await listDevices(), () => process.exit());
