#!/usr/bin/env bash
# What nvcc made of the fused kernels: a table of registers, stack and instructions by kernel and architecture. Fails where a kernel
# uses local memory (a spill), or lacks the instructions that it is written for.
#
#   compiled_code.sh <cuobjdump> <object file>...
set -euo pipefail
cuobjdump=$1
shift
usage=$(for object in "$@"; do "$cuobjdump" --dump-resource-usage "$object"; done)
code=$(for object in "$@"; do "$cuobjdump" --dump-sass "$object"; done)

{ printf '%s\n' "$usage"; echo '== code'; printf '%s\n' "$code"; } | awk '
  # _Z...FusedKernelINS..FusedBlockILi2ELi4ELi4E...Bfloat16Product... as "Forward Bfloat16Product 2x4x4"; other kernels are
  # not looked at.
  function kernel_of(text,   kind, product, block) {
    if (!match(text, /FusedKernel|PersistentKernel|GateGradients|InputGradients|FusedPixelProduct/)) return ""
    kind = substr(text, RSTART, RLENGTH)
    if (kind == "FusedKernel") kind = "Forward"
    if (kind == "PersistentKernel") kind = "Sequence"
    if (kind == "FusedPixelProduct") kind = "KernelGradients"
    if (!match(text, /FusedBlockILi[0-9]+ELi[0-9]+ELi[0-9]+E/)) return ""
    block = substr(text, RSTART + 13, RLENGTH - 14)
    gsub(/ELi/, "x", block)
    # PersistentBlockINS_10FusedBlockILi2ELi4ELi4EEELi2EEE: of a cluster of 2.
    if (match(text, /EEELi[0-9]+E/) && kind == "Sequence" && substr(text, RSTART + 5, RLENGTH - 6) > 1)
      block = block "/" substr(text, RSTART + 5, RLENGTH - 6)
    if (!match(text, /(Bfloat16|Float16|ThreeTf32|Tf32)Product|PlainProducts/)) return ""
    product = substr(text, RSTART, RLENGTH)
    return kind " " product " " block
  }
  function complain(text) { print "error: " key ": " text; failures++ }

  /^arch = / { arch = $3 }
  /^== code/ { is_code = 1 }
  /Function/ { kernel = kernel_of($0); key = kernel " " arch; if (kernel != "" && !is_code) keys[++count] = key }
  kernel == "" { next }
  match($0, /REG:[0-9]+/) { registers[key] = substr($0, RSTART + 4, RLENGTH - 4) }
  match($0, /STACK:[0-9]+/) { stack[key] = substr($0, RSTART + 6, RLENGTH - 6) }
  match($0, /LOCAL:[0-9]+/) { local[key] = substr($0, RSTART + 6, RLENGTH - 6) }
  is_code && / LD(G)?[.]E[.]STRONG[.]GPU/ { instructions[key, "acquire"]++ }
  is_code && / ST(G)?[.]E[.]STRONG[.]GPU/ { instructions[key, "release"]++ }
  is_code && /UCGABAR_(ARV|WAIT)/ { instructions[key, "cluster"]++ }
  is_code && match($0, /[^A-Z](HMMA|FFMA|LDSM|LDGSTS|MUFU|LDL|STL)[. ]/) {
    instructions[key, substr($0, RSTART + 1, RLENGTH - 2)]++
  }

  END {
    line = "%-16s %-18s %-7s %-8s %9s %6s %6s %6s %6s %6s\n"
    printf line, "kernel", "products", "block", "arch", "registers", "stack", "HMMA", "FFMA", "LDSM", "LDGSTS"
    for (k = 1; k <= count; k++) {
      key = keys[k]
      split(key, part, " ")
      products = instructions[key, "HMMA"] + 0; plain = instructions[key, "FFMA"] + 0
      printf line, part[1], part[2], part[3], part[4], registers[key], stack[key], products, plain, \
        instructions[key, "LDSM"] + 0, instructions[key, "LDGSTS"] + 0
      if (stack[key] != "0" || local[key] != "0" || instructions[key, "LDL"] + instructions[key, "STL"] > 0)
        complain("local memory: stack " stack[key] ", local " local[key])
      if (instructions[key, "LDGSTS"] == 0) complain("no asynchronous copies")
      # Flags: who raises one releases what was written before, who waits acquires it.
      if (part[1] == "Sequence" && (instructions[key, "acquire"] == 0 || instructions[key, "release"] == 0))
        complain("expected flags that are raised and waited for")
      if ((part[3] ~ "/") != (instructions[key, "cluster"] == 4)) complain("expected two barriers of a cluster, or none")
      # Numbers of four bytes are turned by loading one by one.
      matrices = part[1] != "KernelGradients" || part[2] ~ /^(Bf|F)loat16/
      if (part[2] == "PlainProducts") {
        if (products > 0 || plain == 0) complain("expected products on the ordinary units alone")
      } else if (products == 0 || (matrices && instructions[key, "LDSM"] == 0)) {
        complain("expected products on tensor cores")
      }
    }
    if (count == 0) { print "error: no fused kernel found"; failures++ }
    exit failures > 0
  }'
