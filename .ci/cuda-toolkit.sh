#!/usr/bin/env bash
# Succeeds where nvcc is found (as cmake/Cuda.cmake looks for it), or can be installed with the script of the shared tools.
set -euo pipefail
for nvcc in "${CUDA_HOME:-/usr/local/cuda}/bin/nvcc" /opt/cuda-12.4/bin/nvcc; do
  if [[ -x $nvcc ]]; then exit 0; fi
done
if command -v nvcc >/dev/null; then exit 0; fi
install=../shared/tools/cuda-toolkit.sh
[[ -f $install ]] && bash "$install" /opt/cuda-12.4
