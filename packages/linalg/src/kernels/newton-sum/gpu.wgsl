struct Sizes {
  points: u32,
  sources: u32,
}

@group(0) @binding(0) var<storage, read> points: array<f32>;
@group(0) @binding(1) var<storage, read> sources: array<f32>;
@group(0) @binding(2) var<storage, read> charges: array<f32>;
@group(0) @binding(3) var<storage, read_write> values: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

var<workgroup> shared_sources: array<vec4f, 128>;

@compute @workgroup_size(128)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = (group.x + group.y * groups.x) * 128u + local;
  let own = min(index, sizes.points - 1u) * 3u;
  let at = vec3f(points[own], points[own + 1u], points[own + 2u]);
  var sum = 0.0;
  for (var first = 0u; first < sizes.sources; first += 128u) {
    let source = min(first + local, sizes.sources - 1u);
    shared_sources[local] =
      vec4f(sources[source * 3u], sources[source * 3u + 1u], sources[source * 3u + 2u], charges[source]);
    workgroupBarrier();
    let count = min(128u, sizes.sources - first);
    for (var j = 0u; j < count; j++) {
      let source = shared_sources[j];
      let apart = at - source.xyz;
      let squared = dot(apart, apart);
      // By its bits: NaN must pass, and compilers may assume that there is none.
      if (bitcast<u32>(squared) != 0u) { sum += source.w / sqrt(squared); }
    }
    workgroupBarrier();
  }
  if (index < sizes.points) { values[index] = sum; }
}
