#!/usr/bin/env bash
# What nvcc made of the fused kernels for compute capability 9.0: a table by kernel. Fails where one uses local memory (a spill), lacks the
# instructions that it is written for, or waits after every product instead of once a stage (ptxas says so only as information, C7510 and
# C7515: it serializes products whose registers something else defines).
#
#   compiled_hopper_code.sh <cuobjdump> <object file>...
set -euo pipefail
cuobjdump=$1
shift
usage=$(for object in "$@"; do "$cuobjdump" --dump-resource-usage "$object"; done)
code=$(for object in "$@"; do "$cuobjdump" --dump-sass "$object"; done)

{ printf '%s\n' "$usage"; echo '== code'; printf '%s\n' "$code"; } | awk '
  # _Z...HopperBlockILi2ELi128ELi1E...SharedProductsI...TileOperandE0... as "bfloat16 128x128", with ThreeTf32Products
  # "three-tf32"; other kernels are not looked at.
  function kernel_of(text,   part, block, products) {
    if (!match(text, /HopperBlockILi[0-9]+ELi[0-9]+ELi[0-9]+E/)) return ""
    block = substr(text, RSTART + 14, RLENGTH - 15)
    split(block, part, "ELi")
    if (text ~ /ThreeTf32Products/) products = "three-tf32"
    else if (match(text, /TileOperandE[0-9]/)) products = operands[substr(text, RSTART + 12, 1)]
    else return ""
    return products " " 64 * part[1] "x" part[2]
  }
  function complain(text) { print "error: " key ": " text; failures++ }

  BEGIN { operands[0] = "bfloat16"; operands[1] = "float16"; operands[2] = "tf32" }
  /^arch = / { arch = $3 }
  /^== code/ { is_code = 1 }
  /Function/ { kernel = kernel_of($0); key = kernel " " arch; if (kernel != "" && !is_code) keys[++count] = key }
  kernel == "" { next }
  match($0, /REG:[0-9]+/) { registers[key] = substr($0, RSTART + 4, RLENGTH - 4) }
  match($0, /STACK:[0-9]+/) { stack[key] = substr($0, RSTART + 6, RLENGTH - 6) }
  match($0, /LOCAL:[0-9]+/) { local[key] = substr($0, RSTART + 6, RLENGTH - 6) }
  is_code && match($0, /[^A-Z](HGMMA|UTMALDG|USETMAXREG|LDL|STL)[. ]/) {
    instructions[key, substr($0, RSTART + 1, RLENGTH - 2)]++
  }
  is_code && /UTMALDG.*IM2COL/ { pixels[key]++ }
  is_code && /WARPGROUP[.]ARRIVE/ { fences[key]++ }
  is_code && /HGMMA[^,]*, *R[0-9]+[^,]*, *gdesc/ { of_registers[key]++ }
  is_code && /HGMMA.*TF32/ { tf32[key]++ }
  is_code && /MUFU[.]TANH/ { tangents[key]++ }

  END {
    line = "%-10s %-8s %-8s %9s %6s %6s %8s %7s %7s\n"
    printf line, "products", "tile", "arch", "registers", "stack", "HGMMA", "UTMALDG", "fences", "tanh"
    for (k = 1; k <= count; k++) {
      key = keys[k]
      split(key, part, " ")
      products = instructions[key, "HGMMA"] + 0
      printf line, part[1], part[2], part[3], registers[key], stack[key], products, instructions[key, "UTMALDG"] + 0, \
        fences[key] + 0, tangents[key] + 0
      if (stack[key] != "0" || local[key] != "0" || instructions[key, "LDL"] + instructions[key, "STL"] > 0)
        complain("local memory: stack " stack[key] ", local " local[key])
      if (products == 0) complain("expected products of warpgroups")
      # A fence is before all products of a stage, or of 32 bytes of it: 3 a tile of 64 pixels.
      if ((part[1] == "three-tf32" ? 3 : 4) * fences[key] > products) complain("products wait for each other")
      if (of_registers[key] + 0 != (part[1] == "three-tf32" ? products : 0))
        complain(of_registers[key] + 0 " products have pixels in registers")
      if (part[1] ~ /tf32$/ && tf32[key] + 0 != products) complain("expected products of tf32")
      if (pixels[key] == 0 || pixels[key] == instructions[key, "UTMALDG"]) complain("expected copies of pixels and of kernels")
      if (instructions[key, "USETMAXREG"] != 2) complain("expected registers to be given and taken")
      # 384 threads begin with 168; what the consumers take is left by the producer.
      if (registers[key] > 168) complain("more registers than a multiprocessor has")
      if ((part[1] ~ /tf32$/) != (tangents[key] == 0)) complain("expected approximate tanh of 16-bit elements alone")
    }
    if (count == 0) { print "error: no kernel of warpgroups found"; failures++ }
    exit failures > 0
  }'
