#!/usr/bin/env bash
# Proves this library on a machine with an NVIDIA GPU, in stages that each fit ten minutes; README.md says what each shows.
#
#   tests/gpu/run.sh [--emulated] [--out FOLDER] [--minutes M] [STAGE... [-- OPTIONS OF peers.py]]
#
# Stages: build native managed sanitizer bench train; none named: all of them. --emulated runs the same without a GPU, on
# a device of loops: it shows that the scripts are whole. Needs no network.
# shellcheck disable=SC2317,SC2054  # stages are called by their names; the commas are in values
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 2

known=(build native managed sanitizer bench train)
stages=() peers=()
emulated=no out=${OUT:-artifacts/gpu} minutes=3

fail() { echo "run.sh: $*" >&2; exit 2; }

while [[ $# -gt 0 ]]; do
  case "$1" in
    --emulated) emulated=yes; shift ;;
    --out) [[ -n ${2:-} ]] || fail "--out: expected a folder, got nothing"; out=$2; shift 2 ;;
    --minutes)
      [[ ${2:-} =~ ^[0-9]+([.][0-9]+)?$ ]] || fail "--minutes: expected a number, got ${2:-nothing}"
      minutes=$2; shift 2 ;;
    --) shift; peers=("$@"); break ;;
    *)
      [[ " ${known[*]} " == *" $1 "* ]] || fail "expected a stage (${known[*]}) or an option, got $1"
      stages+=("$1"); shift ;;
  esac
done
[[ ${#stages[@]} -gt 0 ]] || stages=("${known[@]}")

carry=.carry
build=build/gpu
[[ $emulated == yes ]] && build=build/gpu-emulated
mkdir -p "$out"
python=$(command -v python3) || fail "expected python3"
for modules in "numpy, torch" numpy; do  # the one that has PyTorch, or NumPy at least
  for candidate in "$python" /usr/bin/python3; do
    "$candidate" -c "import $modules" 2>/dev/null && python=$candidate && break 2
  done
done

# ---- what this machine has -------------------------------------------------------------------------------------------

need() { command -v "$1" >/dev/null || fail "expected $1 on the path ($2)"; }

find_nvcc() {
  local place
  for place in "$(command -v nvcc)" "${CUDA_HOME:-}/bin/nvcc" /usr/local/cuda{,-*}/bin/nvcc /opt/cuda*/bin/nvcc; do
    [[ -x $place ]] && { echo "$place"; return; }
  done
  fail "expected nvcc 12.4 or newer on the path, in CUDA_HOME, /usr/local/cuda* or /opt/cuda*; found none"
}

check_nvcc() {
  local version
  version=$("$1" --version | sed -n 's/.*release \([0-9]*\.[0-9]*\).*/\1/p')
  [[ $(printf '12.4\n%s\n' "$version" | sort -V | head -n 1) == 12.4 ]] || fail "expected nvcc 12.4 or newer, got $version of $1"
  echo "nvcc: $1, $version"
}

# cuDNN where the loader finds it, else inside a Python package, with the libraries that it opens itself (cuBLAS, NVRTC).
find_cudnn() {
  if [[ -z ${CLN_CUDNN_LIBRARY:-} ]] && ! ldconfig -p 2>/dev/null | grep -q 'libcudnn\.so\.9'; then
    CLN_CUDNN_LIBRARY=$("$python" - <<'PY'
import importlib.util
try:
    spec = importlib.util.find_spec("nvidia.cudnn")
except ModuleNotFoundError:
    spec = None
for folder in spec.submodule_search_locations if spec else []:
    print(folder + "/lib")
PY
    ) || CLN_CUDNN_LIBRARY=""
    [[ -e $CLN_CUDNN_LIBRARY/libcudnn.so.9 ]] ||
      fail "expected cuDNN 9: not in the loader's folders, nor in a Python package nvidia-cudnn of $python; set CLN_CUDNN_LIBRARY"
    export CLN_CUDNN_LIBRARY
    local folder
    for folder in "$CLN_CUDNN_LIBRARY"/../../*/lib; do
      LD_LIBRARY_PATH=$(cd "$folder" && pwd)${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
    done
    export LD_LIBRARY_PATH
  fi
  echo "cuDNN: ${CLN_CUDNN_LIBRARY:-as the loader finds it}"
}

# GoogleTest's sources: Debian's folder, else what was carried along.
find_googletest() {
  if [[ -d /usr/src/googletest ]]; then
    echo /usr/src/googletest
  elif [[ -e $carry/googletest.tar.xz ]]; then
    mkdir -p "$build" && tar -C "$build" -xJf "$carry/googletest.tar.xz" && echo "$PWD/$build/googletest"
  else
    fail "expected GoogleTest in /usr/src/googletest or $carry/googletest.tar.xz (tests/gpu/carry.sh makes it)"
  fi
}

# What the programs of this build read: which library serves a CUDA device.
set_environment() {
  local plugin=convlstm_native_cuda
  if [[ $emulated == yes ]]; then plugin=convlstm_native_cuda_emulated; else find_cudnn; fi
  [[ -e $build/$plugin.txt ]] || { echo "no $build/$plugin.txt: run the stage build first"; return 1; }
  CLN_CUDA_LIBRARY=$(<"$build/$plugin.txt")
  export CLN_CUDA_LIBRARY
}

# The managed programs, with the native libraries beside them.
unpack_managed() {
  managed=$build/managed
  [[ -e $carry/managed.tar.xz ]] || { echo "no $carry/managed.tar.xz (tests/gpu/carry.sh makes it)"; return 1; }
  if [[ ! -e $managed/unpacked || $carry/managed.tar.xz -nt $managed/unpacked ]]; then
    rm -rf "$managed" && mkdir -p "$managed" && tar -C "$managed" -xJf "$carry/managed.tar.xz" || return 1
    touch "$managed/unpacked"
  fi
  local folder
  for folder in cli tests; do
    cp "$build/native/src/capi/libconvlstm_native.so" "$managed/$folder/" || return 1
  done
  export DOTNET_ROOT=$PWD/$managed/dotnet DOTNET_CLI_TELEMETRY_OPTOUT=1
}
dotnet_run() { "$DOTNET_ROOT/dotnet" "$@"; }

# ---- stages ----------------------------------------------------------------------------------------------------------

stage_build() {
  need cmake "3.25 or newer" && need ninja "Ninja"
  local googletest
  googletest=$(find_googletest) || return
  local options=(-G Ninja -DCMAKE_BUILD_TYPE=Release -DCLN_BUILD_TESTS=ON "-DCLN_GOOGLETEST=$googletest")
  if [[ $emulated == no ]]; then
    local nvcc capability
    nvcc=$(find_nvcc) && check_nvcc "$nvcc" && find_cudnn || return
    capability=$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader | head -n 1 | tr -d .)
    [[ ${capability:-90} == 90 ]] && capability=90a  # whose own instructions are asked for by this name
    nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader
    options+=(-DCLN_CUDA=ON "-DCMAKE_CUDA_COMPILER=$nvcc" "-DCMAKE_CUDA_ARCHITECTURES=$capability-real")
  fi
  if command -v ccache >/dev/null; then
    options+=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache -DCMAKE_C_COMPILER_LAUNCHER=ccache)
  fi
  cmake -S . -B "$build" "${options[@]}" && cmake --build "$build" --target cln_gpu_checks --parallel
}

# Convolutions against the oracle, the C interface, and random layers over all pairs of knobs, all on the device.
device_tests() {
  if [[ $emulated == yes ]]; then
    echo "$build/tests/native/cuda/cudnn_tests"
  else
    echo "$build/tests/native/cuda/device_convolution_tests"
  fi
  echo "$build/tests/native/proof/proof_tests"
  echo "$build/tests/native/capi/capi_tests"
}

# Runs a command on the device, by the variable that its program reads: the proof's oracle stays on the processor.
on_device() {  # on_device PROGRAM COMMAND...
  local variable=CLN_TEST_DEVICE
  [[ $1 == */proof_tests ]] && variable=CLN_PROOF_DEVICE
  shift
  env "$variable=cuda" "$@"
}

stage_native() {
  set_environment || return
  local program status=0
  for program in $(device_tests); do
    echo "== $(basename "$program")"
    on_device "$program" "CLN_PROOF_CASES=${CLN_PROOF_CASES:-500}" "$program" --gtest_brief=1 \
      --gtest_output="xml:$out/$(basename "$program").xml" || status=1
  done
  return "$status"
}

stage_managed() {
  set_environment && unpack_managed || return
  (cd "$build/managed/tests" && CLN_TEST_DEVICE=cuda dotnet_run ConvLstmNative.Tests.dll)
}

# The tests of the device under each tool of compute-sanitizer, a few random cases each and a minute each: they are slow
# there. What is cut off has shown nothing wrong until then.
stage_sanitizer() {
  set_environment || return
  local tool program status=0 result wrap
  [[ $emulated == yes ]] || need compute-sanitizer "of the CUDA toolkit"
  for tool in memcheck racecheck synccheck; do
    for program in $(device_tests); do
      wrap=(compute-sanitizer --tool "$tool" --error-exitcode 1 --print-limit 20 --launch-timeout 300)
      echo "== $tool: $(basename "$program")"
      [[ $emulated == yes ]] && { echo "would run under: ${wrap[*]}"; wrap=(); }
      on_device "$program" CLN_PROOF_CASES=8 CLN_RANDOM_CASES=6 timeout 60 "${wrap[@]}" "$program" --gtest_brief=1
      result=$?
      if [[ $result == 124 ]]; then echo "cut off after a minute, nothing found"; elif [[ $result != 0 ]]; then status=1; fi
    done
  done
  return "$status"
}

# Clocks and what holds them back, as far as the driver tells.
clocks() {
  [[ $emulated == yes ]] || nvidia-smi --query-gpu=clocks.sm,clocks.max.sm,clocks.mem,temperature.gpu,power.draw,pstate --format=csv || true
}

stage_bench() {
  set_environment || return
  local options=(--program "$build/tests/gpu/cln_sequence_bench" --results "$out/bench.json")
  [[ $emulated == yes ]] && options+=(--emulated --seconds 0.02)
  export CLN_CUDA_PLANS=1  # which engines cuDNN chose, in the log
  local status=0
  clocks
  "$python" tests/gpu/peers.py "${options[@]}" "${peers[@]}" || status=1
  clocks
  return "$status"
}

# The same run, the same seed, on both: the curves lie beside each other, and the GPU's goes on.
stage_train() {
  set_environment && unpack_managed || return
  local digits data=(--data moving-shapes) settings=(--hidden 64,64 --loss bce --seed 1 --restart) device
  digits=$(compgen -G "$carry/*images*" | head -n 1)
  [[ -n $digits ]] && data=(--data moving-mnist --input "$digits")
  if [[ $emulated == yes ]]; then
    data=(--data moving-shapes --size 16)
    settings=(--hidden 4,3 --input-steps 3 --horizon 2 --batch 2 --loss bce --seed 1 --restart)
    minutes=0.05
  fi
  local tool=$build/managed/cli/convlstm.dll
  for device in cpu cuda; do
    dotnet_run "$tool" train --device "$device" "${data[@]}" "${settings[@]}" --steps 100 \
      --model "$out/$device.safetensors" | tee "$out/train-$device.txt" || return
  done
  "$python" tests/gpu/curves.py "$out/train-cpu.txt" "$out/train-cuda.txt" || return
  dotnet_run "$tool" train --device cuda "${data[@]}" "${settings[@]}" --minutes "$minutes" --model "$out/model.safetensors" &&
    dotnet_run "$tool" evaluate --device cuda "${data[@]}" --model "$out/model.safetensors" --count 64
}

# ---- run -------------------------------------------------------------------------------------------------------------

summary=() failed=0
for stage in "${stages[@]}"; do
  echo "==== $stage"
  begin=$SECONDS
  if ("stage_$stage") > >(tee "$out/$stage.log") 2>&1; then result=passed; else result=FAILED; failed=1; fi
  summary+=("$stage: $result, $((SECONDS - begin)) s")
  [[ $stage == build && $result == FAILED ]] && break
done
printf '%s\n' "==== summary" "${summary[@]}" | tee "$out/summary.txt"
exit $failed
