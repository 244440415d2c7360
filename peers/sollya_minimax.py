"""Best polynomials with float64 and float32 coefficients for 2^x on [0, 1] by Sollya's fpminimax, beside those of `minimaxPolynomial` and `discoverFunction`; prints JSON.

    apt install sollya && python peers/sollya_minimax.py
"""

import json
import subprocess
import tempfile

SCRIPT = """
prec = 200!;
display = decimal!;
for d from 1 to 8 do {
  p = fpminimax(2^x, d, [|D...|], [0; 1], relative);
  print(d, "float64", dirtyinfnorm(p / 2^x - 1, [0; 1]));
  p = fpminimax(2^x, d, [|SG...|], [0; 1], relative);
  print(d, "float32", dirtyinfnorm(p / 2^x - 1, [0; 1]));
};
quit;
"""

with tempfile.NamedTemporaryFile("w", suffix=".sollya") as file:
    file.write(SCRIPT)
    file.flush()
    output = subprocess.run(["sollya", file.name], capture_output=True, text=True, check=True).stdout
version = subprocess.run(["sollya", "--version"], capture_output=True, text=True).stdout.split()[3]
rows = []
for line in output.splitlines():
    degree, coefficients, error = line.split()
    rows.append({"operations": 2 * int(degree), "coefficients": coefficients, "error": float(error)})
print(json.dumps({"sollya": version, "function": "2^x on [0, 1], relative error", "polynomials": rows}, indent=1))
