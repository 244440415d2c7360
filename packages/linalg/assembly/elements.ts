// Elements are numbers of T, or pairs of them, the real part first: functions that do both take, beside T, one of these types.

/** Real elements. */
export type Real = u8;

/** Complex elements. */
export type Complex = u16;

// @ts-ignore: decorator
@inline
export function isComplex<K>(): bool {
  return sizeof<K>() == 2;
}

/** Bytes of an element. */
// @ts-ignore: decorator
@inline
export function bytesOf<T, K>(): usize {
  return sizeof<T>() * sizeof<K>();
}

// @ts-ignore: decorator
@inline
export function imaginaryAt<T>(address: usize): T {
  return load<T>(address + sizeof<T>());
}

// @ts-ignore: decorator
@inline
export function put<T>(address: usize, real: T, imaginary: T): void {
  store<T>(address, real);
  store<T>(address + sizeof<T>(), imaginary);
}

// @ts-ignore: decorator
@inline
export function copyElement<T, K>(source: usize, target: usize): void {
  store<T>(target, load<T>(source));
  if (isComplex<K>()) store<T>(target + sizeof<T>(), imaginaryAt<T>(source));
}

/** |z|, without overflow of squares. */
// @ts-ignore: decorator
@inline
export function modulus<T>(real: T, imaginary: T): T {
  const x = abs<T>(real), y = abs<T>(imaginary);
  const most = max<T>(x, y);
  if (most == <T>0 || most == <T>Infinity || most != most) return most;
  const ratio = min<T>(x, y) / most;
  return most * sqrt<T>(<T>1 + ratio * ratio);
}

/** Writes x / y, without overflow of squares; a quotient by 0 is infinite (R. Smith, "Algorithm 116: Complex division", 1962). */
export function putQuotient<T>(address: usize, xr: T, xi: T, yr: T, yi: T): void {
  if (yr == <T>0 && yi == <T>0) put<T>(address, xr / yr, xi / yr);
  else if (abs<T>(yr) >= abs<T>(yi)) {
    const ratio = yi / yr, scale = yr + yi * ratio;
    put<T>(address, (xr + xi * ratio) / scale, (xi - xr * ratio) / scale);
  } else {
    const ratio = yr / yi, scale = yr * ratio + yi;
    put<T>(address, (xr * ratio + xi) / scale, (xi * ratio - xr) / scale);
  }
}
