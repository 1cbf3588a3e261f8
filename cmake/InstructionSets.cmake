# The flags of each instruction set that has a translation unit of its own. Everything else is built for the baseline.
set(CLN_ISA_BASELINE_FLAGS "")
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set(CLN_ISA_NAMES baseline avx2 avx512)
  set(CLN_ISA_AVX2_FLAGS -mavx2 -mfma)
  set(CLN_ISA_AVX512_FLAGS -mavx512f -mavx512vl -mavx512dq -mavx512bw -mfma -mprefer-vector-width=512)
else()
  set(CLN_ISA_NAMES baseline)
endif()
