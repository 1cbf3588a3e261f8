/* SPDX-License-Identifier: Apache-2.0
 *
 * ConvLstmNative: ConvLSTM layers (Shi et al., "Convolutional LSTM Network", 2015) that train and infer.
 *
 * This header is the documentation of the native library. Read it from the top: after section 2 you can run a layer.
 *
 *   1  Calling rules            how every function behaves
 *   2  Simple use               one sequence through one layer
 *   3  Library                  versions, errors
 *   4  Contexts and devices     a device and its threads
 *   5  Tensors                  arrays on a device
 *   6  Layers                   descriptions and parameters
 *   7  State                    hidden and cell state between calls
 *   8  Sessions                 running a layer: inference, training forward, backward
 *   9  Losses and optimizers    training
 *  10  Debugging                counters of what is alive
 *
 * ---------------------------------------------------------------------------------------------------------------------
 * 1  Calling rules
 * ---------------------------------------------------------------------------------------------------------------------
 *
 * Shape letters, used throughout:
 *   T   steps of a sequence          N   sequences of a batch        C   input channels        F   hidden channels
 *   H W height and width             Kx  kernel of the input         Kh  kernel of the recurrence
 *   D   depth                        L   layers of a stack           H' W' sizes of the states, see cln_padding
 *   G   gates of the cell times F (ConvLSTM: 4F, in the order i f g o)
 * Layers of rank 3 have D, H, W where this header writes H, W; layers of rank 1 have W alone. Kernels likewise.
 *
 * Status.     Every function returns a cln_status unless its comment says otherwise. CLN_OK is 0, failures are negative.
 *             After a failure cln_last_error_message() tells, for the calling thread, which argument was at fault, what
 *             was expected and what came. A failed call changes nothing that it does not say; all objects stay usable.
 *             An output is written on success only, except where a function says that a failure may leave it partly
 *             written.
 * Arguments.  Handle, inputs, in/out, outputs. Pointers must not be NULL unless the parameter is marked [nullable], or is
 *             an array of which 0 elements are passed. A value that is no live handle is refused, whatever it is.
 *             Every struct starts with struct_size: set it to sizeof(the struct). Reserved values are refused.
 * Data.       32-bit floats, dense, row-major, last dimension fastest. Counts are in elements, never in bytes, unless the
 *             name says bytes.
 * Ownership.  cln_X_create makes an object that the caller frees with cln_X_destroy, which accepts NULL and cannot fail
 *             on a live handle. Objects keep what they depend on alive: they may be destroyed in any order. The library
 *             keeps no pointer to caller's memory after a call returns; cln_tensor_borrow is the one exception.
 * Threads.    A context and everything made from it is used by one thread at a time: a second caller gets CLN_BUSY and
 *             nothing happens. Destroying is allowed from any thread at any time. Different contexts are independent,
 *             and any number of contexts may run sessions of one layer at once while its parameters stay unchanged. On the
 *             CPU large layers that would push each other's weights out of the caches take turns: a call may wait some
 *             40 ms for each that is before it.
 * Blocking.   Every function that reads or writes caller's memory has finished with it when it returns. On the CPU all
 *             functions block.
 *
 * ---------------------------------------------------------------------------------------------------------------------
 * 2  Simple use
 * ---------------------------------------------------------------------------------------------------------------------
 *
 *   cln_context* context = NULL;
 *   cln_layer*   layer   = NULL;
 *   cln_session* session = NULL;
 *
 *   cln_recurrent_desc desc;
 *   cln_recurrent_desc_init(&desc);                     // a 3x3 ConvLSTM with bias, no peepholes
 *   desc.input_channels  = 3;
 *   desc.hidden_channels = 10;
 *
 *   cln_context_create(NULL, &context);                 // CPU, all processors
 *   cln_recurrent_create(context, &desc, &layer);
 *   cln_layer_initialize(layer, 42);                    // or cln_layer_set_parameter(...) with trained weights
 *
 *   cln_session_desc run;
 *   cln_session_desc_init(&run);
 *   run.batch = 1; run.size[0] = 5; run.size[1] = 5;    // N = 1, H = 5, W = 5
 *   cln_session_create(context, layer, &run, &session);
 *
 *   float x[10 * 3 * 5 * 5];                            // (T, C, H, W), T = 10
 *   float y[10 * 10 * 5 * 5];                           // (T, F, H, W)
 *   cln_session_forward_host(session, 10, x, sizeof x / sizeof *x, NULL, NULL, y, sizeof y / sizeof *y);
 *
 *   cln_session_destroy(session);
 *   cln_layer_destroy(layer);
 *   cln_context_destroy(context);
 */
#ifndef CONVLSTM_NATIVE_H
#define CONVLSTM_NATIVE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(_WIN32)
#if defined(CLN_BUILDING)
#define CLN_API __declspec(dllexport)
#else
#define CLN_API __declspec(dllimport)
#endif
#else
#define CLN_API __attribute__((visibility("default")))
#endif

/* ---------------------------------------------------------------------------------------------------------------------
 * 3  Library
 * ------------------------------------------------------------------------------------------------------------------ */

/** Version of this header's binary interface. Raised with every change that an old caller could notice. */
#define CLN_ABI_VERSION 1

/** Result of a call: CLN_OK, or one of the negative values of cln_status_code. */
typedef int32_t cln_status;

/** The values of cln_status. */
enum cln_status_code {
  CLN_OK = 0,                  /**< Done. */
  CLN_INVALID_ARGUMENT = -1,   /**< An argument has a value that the function does not accept. */
  CLN_NULL_ARGUMENT = -2,      /**< A pointer that must not be NULL is NULL. */
  CLN_INVALID_HANDLE = -3,     /**< A handle is of another kind, or was destroyed. */
  CLN_SHAPE_MISMATCH = -4,     /**< Rank, dimensions or element counts do not fit together. */
  CLN_SIZE_OVERFLOW = -5,      /**< A product of sizes does not fit the address space. */
  CLN_NOT_FINITE = -6,         /**< A value that must be finite is NaN or infinite. */
  CLN_OUT_OF_MEMORY = -7,      /**< The device or the host cannot provide the memory; the message says how much. */
  CLN_BUSY = -8,               /**< Another thread is using the context, or a layer that must not change is in use. */
  CLN_UNSUPPORTED = -9,        /**< Valid, but this build, device or executor does not do it. */
  CLN_DEVICE_ERROR = -10,      /**< The device or its driver failed; the message carries its own text. */
  CLN_INVALID_STATE = -11,     /**< The call does not fit what was done before (backward without forward, say). */
  CLN_INTERNAL_ERROR = -12     /**< A fault of this library. */
};

/** CLN_ABI_VERSION of the library that was loaded. Cannot fail. */
CLN_API uint32_t cln_abi_version(void);

/** Size and field offsets of every struct of this header as the library was compiled: lines of `struct size` and
 *  `struct.field offset size`, in the order of this header, each ended by a newline. Static text; cannot fail. */
CLN_API const char* cln_abi_layout(void);

/** Version of the library, such as "0.1.0". Static text; cannot fail. */
CLN_API const char* cln_version(void);

/** Name of a status, such as "CLN_BUSY"; "CLN_UNKNOWN" for any other value. Static text; cannot fail. */
CLN_API const char* cln_status_name(cln_status status);

/** What went wrong in the calling thread's last failed call, in one line; "" before any failure. Valid until the thread's
 *  next failed call. Cannot fail. */
CLN_API const char* cln_last_error_message(void);

/* ---------------------------------------------------------------------------------------------------------------------
 * 4  Contexts and devices
 * ------------------------------------------------------------------------------------------------------------------ */

/** A device, its queue of work and its threads. One thread at a time. */
typedef struct cln_context cln_context;

/** Kinds of device. */
enum cln_device_kind {
  CLN_DEVICE_CPU = 0, /**< The processor and its memory. */
  CLN_DEVICE_CUDA = 1 /**< An NVIDIA GPU; needs the CUDA library of this project, libconvlstm_native_cuda.so, beside this one
                           or where the environment variable CLN_CUDA_LIBRARY says, NVIDIA's driver, and cuDNN 9. */
};

/** How exactly sessions of a context compute in 32-bit floats. */
enum cln_policy {
  /** The fastest way. Convolutions may go by Winograd's minimal filtering, whose rounding errors are some times larger: outputs
   *  of a layer stay within 1e-5 of the largest one after 20 steps. */
  CLN_POLICY_FAST = 0,
  CLN_POLICY_EXACT = 1 /**< Every product of a convolution is computed as it stands. */
};

/** What the products of a layer's convolutions are computed in. Sums of products, cell states, the sums of normalizations,
 *  gradients by parameters, optimizers and the parameters themselves stay 32-bit floats. */
enum cln_math {
  CLN_MATH_FLOAT32 = 0,  /**< 32-bit floats. */
  CLN_MATH_TF32 = 1,     /**< GPU: 32-bit floats whose products may keep 10 bits of the fraction. */
  CLN_MATH_BFLOAT16 = 2, /**< GPU: what convolutions read and give is rounded to bfloat16. */
  /** GPU: what convolutions read and give is rounded to IEEE 754 binary16; gradients are scaled on the way back so that they
   *  neither vanish nor overflow. */
  CLN_MATH_FLOAT16 = 3
};

/** What cln_context_create makes. */
typedef struct cln_context_desc {
  uint32_t struct_size; /**< sizeof(cln_context_desc) */
  int32_t device_kind;  /**< One of cln_device_kind. */
  int32_t device_index; /**< Which device of the kind, from 0. CPU: 0. */
  int32_t thread_count; /**< CPU: threads that compute, the caller among them, 1 to 1024; 0 for as many as there are
                             processors for this process. */
  int32_t policy;       /**< One of cln_policy. */
  int32_t math;         /**< One of cln_math. CPU: CLN_MATH_FLOAT32. CLN_POLICY_EXACT: likewise. */
  int32_t is_deterministic; /**< 1: two runs give the same bits, where need be at the price of speed. 0: they may not. The
                                 CPU is always deterministic. */
} cln_context_desc;

/** What a context is. */
typedef struct cln_context_info {
  uint32_t struct_size;        /**< sizeof(cln_context_info), set by the caller. */
  int32_t device_kind;         /**< One of cln_device_kind. */
  int32_t device_index;        /**< Which device of the kind. */
  int32_t thread_count;        /**< Threads that compute, the caller among them. */
  int32_t policy;              /**< One of cln_policy. */
  int32_t math;                /**< One of cln_math. */
  int32_t is_deterministic;    /**< 1: two runs give the same bits. */
  int32_t reserved;            /**< 0 */
  int64_t memory_held;         /**< GPU: bytes of device memory that the context has taken. CPU: 0. */
  int64_t memory_used;         /**< GPU: bytes of it that are in use; the rest is kept for later. CPU: 0. */
  const char* device_name;     /**< Such as "cpu". Static text. */
  const char* instruction_set; /**< What the kernels use, such as "avx512" or "sm_90". Static text. */
} cln_context_info;

/** Sets every field to its default: CPU 0, all processors, the fastest way, 32-bit floats. */
CLN_API cln_status cln_context_desc_init(cln_context_desc* desc);

/** Creates a context.
 *  @param desc  [nullable] NULL for the defaults of cln_context_desc_init.
 *  @param out   Receives the context; free it with cln_context_destroy.
 *  Fails with CLN_UNSUPPORTED where the device kind is not available; the message says what was looked for, what was found
 *  and what to install. There is no silent fallback. */
CLN_API cln_status cln_context_create(const cln_context_desc* desc, cln_context** out);

/** Frees the context once nothing made from it is alive any more. @param context [nullable] */
CLN_API cln_status cln_context_destroy(cln_context* context);

/** Whether sessions take the executor and tiling that were measured to be the fastest, in the place of those that the rules of
 *  the library take. */
enum cln_tuning {
  CLN_TUNING_OFF = 0,    /**< They do not. */
  CLN_TUNING_USE = 1,    /**< Where the tuning file has the case; where it does not, the rules decide. */
  CLN_TUNING_MEASURE = 2 /**< A case that the file does not have is measured, inference of some steps on every executor and
                              tiling that the policy allows, when a session is created, and added to the file. */
};

/** Sets the tuning of the sessions that are created on the context from then on. Before that it is what the environment variables
 *  CLN_TUNING (off, use, measure) and CLN_TUNING_FILE say, else off; CLN_EXECUTOR goes before both.
 *
 *  With a tuning file a plan is what the file says: it is the same, and so are the bits of all outputs, as long as the file is.
 *  Executors and tilings differ in rounding, though, so that a measured choice may give other bits than the one before it.
 *  A case is: version of the library, model of the device or processor, instruction set, threads, policy (with the math where it is
 *  not float32, such as `fast bfloat16`), batch and size, description of the layer. The file is text, a case a line, and may be
 *  edited: `# convlstm tuning 1`, then lines of those seven fields, the choice (such as direct_fused, winograd_fused:4x4,folded or,
 *  on a GPU, fused:64x32,split2) and nanoseconds a step, with tabs between. Empty lines and those that begin with #
 *  are skipped, cases of other versions and machines kept. It is written under a temporary name and renamed; processes that
 *  write at once lose nothing of each other. A file that is anything else, or that names for a case what cannot run it, is
 *  refused with its name and line: by this function, or by cln_session_create.
 *  @param tuning One of cln_tuning.
 *  @param path   The file, which need not exist. [nullable] exactly with CLN_TUNING_OFF. */
CLN_API cln_status cln_context_set_tuning(cln_context* context, int32_t tuning, const char* path);

/** Tells what the context is. @param out struct_size must be set. */
CLN_API cln_status cln_context_get_info(cln_context* context, cln_context_info* out);

/** What a device is. */
typedef struct cln_device_info {
  uint32_t struct_size;     /**< sizeof(cln_device_info), set by the caller. */
  int32_t device_kind;      /**< One of cln_device_kind. */
  int32_t device_index;     /**< Which device of the kind. */
  int32_t processors;       /**< CPU: processors for this process. GPU: multiprocessors. */
  int32_t capability_major; /**< GPU: compute capability, 9 of 9.0. CPU: 0. */
  int32_t capability_minor; /**< GPU: compute capability, 0 of 9.0. CPU: 0. */
  int64_t memory_bytes;     /**< Memory of the device. */
  const char* name;         /**< Such as "NVIDIA H100 80GB HBM3". Static text. */
} cln_device_info;

/** Counts the devices of a kind, 0 where there is none or what they need is missing (cln_device_get_report says what). Any
 *  thread. @param device_kind One of cln_device_kind. */
CLN_API cln_status cln_device_get_count(int32_t device_kind, int32_t* out);

/** Tells what a device is. Any thread. @param device_index From 0 to below the count. @param out struct_size must be set. */
CLN_API cln_status cln_device_get_info(int32_t device_kind, int32_t device_index, cln_device_info* out);

/** Tells what devices of a kind need and what was found of it, in lines of `name: what was found`, each ended by a newline:
 *  for a person who wonders why a context cannot be created. Any thread.
 *  @param is_usable [nullable] Receives 1 where contexts can be created, else 0.
 *  @param out       Receives the text, valid until the thread's next call of this function. */
CLN_API cln_status cln_device_get_report(int32_t device_kind, int32_t* is_usable, const char** out);

/* ---------------------------------------------------------------------------------------------------------------------
 * 5  Tensors
 * ------------------------------------------------------------------------------------------------------------------ */

/** An array of 32-bit floats on a context's device. */
typedef struct cln_tensor cln_tensor;

/** Element types. */
enum cln_dtype {
  CLN_FLOAT32 = 0 /**< IEEE 754 binary32. */
};

/** The most dimensions that a tensor can have. */
#define CLN_MAX_RANK 8

/** What a tensor is. */
typedef struct cln_tensor_info {
  uint32_t struct_size;       /**< sizeof(cln_tensor_info), set by the caller. */
  int32_t dtype;              /**< One of cln_dtype. */
  int32_t device_kind;        /**< One of cln_device_kind. */
  int32_t rank;               /**< Dimensions, 0 to CLN_MAX_RANK. */
  int64_t dims[CLN_MAX_RANK]; /**< The first `rank` are the sizes, the others 0. */
  int64_t element_count;      /**< Product of the sizes. */
  int32_t is_borrowed;        /**< 1 where the memory is the caller's. */
  int32_t reserved;           /**< 0 */
} cln_tensor_info;

/** Creates a tensor of zeros on the context's device.
 *  @param dims  `rank` sizes, each at least 0. @param rank 0 to CLN_MAX_RANK. @param dtype CLN_FLOAT32.
 *  @param out   Receives the tensor; free it with cln_tensor_destroy. */
CLN_API cln_status cln_tensor_create(cln_context* context, int32_t dtype, const int64_t* dims, int32_t rank,
                                     cln_tensor** out);

/** Creates a tensor over the caller's memory, which must stay valid, and is read and written in place, until the tensor
 *  is destroyed. CPU contexts only: CLN_UNSUPPORTED on others.
 *  @param data           Aligned for float. @param element_count Elements at `data`; must be the product of `dims`. */
CLN_API cln_status cln_tensor_borrow(cln_context* context, int32_t dtype, const int64_t* dims, int32_t rank, float* data,
                                     int64_t element_count, cln_tensor** out);

/** Frees the tensor; borrowed memory stays the caller's. @param tensor [nullable] */
CLN_API cln_status cln_tensor_destroy(cln_tensor* tensor);

/** Tells what the tensor is. @param out struct_size must be set. */
CLN_API cln_status cln_tensor_get_info(cln_tensor* tensor, cln_tensor_info* out);

/** Gives the address of a CPU tensor's elements, valid while the tensor lives; CLN_UNSUPPORTED for any other device. */
CLN_API cln_status cln_tensor_get_data(cln_tensor* tensor, float** out);

/** Copies `count` elements from the caller into the tensor; `count` must be the tensor's element count. */
CLN_API cln_status cln_tensor_upload(cln_tensor* tensor, const float* data, int64_t count);

/** Copies all `count` elements of the tensor to the caller; `count` must be the tensor's element count. */
CLN_API cln_status cln_tensor_download(cln_tensor* tensor, float* data, int64_t count);

/** Sets every element to `value`. */
CLN_API cln_status cln_tensor_fill(cln_tensor* tensor, float value);

/** Applies the logistic function 1 / (1 + exp(-x)) to every element in place. */
CLN_API cln_status cln_tensor_sigmoid(cln_tensor* tensor);

/** Adds `other` to the tensor by element: tensor = tensor + other.
 *  @param other The same number of elements; may be the tensor itself. */
CLN_API cln_status cln_tensor_add(cln_tensor* tensor, cln_tensor* other);

/** Copies channels between tensors whose last three dimensions are (channels, H, W), with the same H, W and number of
 *  images (the product of the leading dimensions): destination[:, to : to + count] = source[:, from : from + count].
 *  Concatenation and splitting along channels are made of it. The two tensors must not be the same. */
CLN_API cln_status cln_tensor_copy_channels(cln_tensor* source, int64_t from, int64_t count, cln_tensor* destination,
                                            int64_t to);

/* ---------------------------------------------------------------------------------------------------------------------
 * 6  Layers
 * ------------------------------------------------------------------------------------------------------------------ */

/** A layer: its description, its parameters and, once it has been trained, their gradients. */
typedef struct cln_layer cln_layer;

/** Kinds of layer. */
enum cln_layer_kind {
  CLN_LAYER_RECURRENT = 0, /**< Made by cln_recurrent_create. */
  CLN_LAYER_CONV = 1       /**< Made by cln_conv_create. */
};

/** Cells of a recurrent layer: * is a cross-correlation, . a product by element; gate, cell and clip are functions that
 *  the description chooses. Convolutions over the state have stride 1 and zero padding that keeps its sizes. */
enum cln_cell {
  /** i = gate(Wxi*x + Whi*h + Wci.c + bi)      f = gate(Wxf*x + Whf*h + Wcf.c + bf + forget_bias)
   *  g = cell(Wxc*x + Whc*h + bc)              c' = clip(f.c + i.g)
   *  o = gate(Wxo*x + Who*h + Wco.c' + bo)     h' = o.cell(c')
   *  With gate = sigmoid, cell = tanh and no clip: Shi et al. 2015, equation 3. Gates: i f g o. State: h, c. */
  CLN_CELL_CONV_LSTM = 0,
  /** z = gate(Wxz*x + Whz*h + bz)              r = gate(Wxr*x + Whr*h + br)
   *  n = cell(Wxn*x + Whn*(r.h) + bn)          h' = z.h + (1 - z).n
   *  The reset gate acts before the convolution, as in Ballas et al. 2016 and Keras' reset_after = False.
   *  Gates: z r n. State: h. */
  CLN_CELL_CONV_GRU = 1,
  /** The same, but n = cell(Wxn*x + bn + r.(Whn*h + b'n)): the reset gate acts after the convolution; b' is the
   *  recurrent bias of CLN_BIAS_TWO. Gates: z r n. State: h. */
  CLN_CELL_CONV_GRU_RESET_AFTER = 2,
  /** The spatiotemporal LSTM of PredRNN (Wang et al. 2017):
   *  i  = gate(Wxi*x + Whi*h + bi)             f  = gate(Wxf*x + Whf*h + bf + forget_bias)
   *  g  = cell(Wxg*x + Whg*h + bg)             c' = f.c + i.g
   *  i' = gate(Wxi'*x + Wmi*m + bi')           f' = gate(Wxf'*x + Wmf*m + bf' + forget_bias)
   *  g' = cell(Wxg'*x + Wmg*m + bg')           m' = f'.m + i'.g'
   *  o  = gate(Wxo*x + Who*h + Wo*[c', m'] + bo)    h' = o.cell(W1*[c', m'])
   *  In a stack the memory m zig-zags: within a step from each layer to the one above, from the top to the bottom layer
   *  of the next step. Gates of the input kernel and the bias: i f g i' f' g' o; of the recurrent kernel i f g o; of the
   *  memory kernel i' f' g'. State: h, c, m. */
  CLN_CELL_ST_LSTM = 3
};

/** Peepholes: how the gates of a ConvLSTM see the cell state. */
enum cln_peephole {
  CLN_PEEPHOLE_NONE = 0,        /**< They do not. */
  CLN_PEEPHOLE_PER_CHANNEL = 1, /**< One weight for each of i, f, o and each hidden channel: 3F numbers. */
  CLN_PEEPHOLE_PER_PIXEL = 2    /**< One for each of i, f, o and each element of the state: the layer has a fixed size. */
};

/** Normalization of what the gates see, mean and variance being those of each image of the batch. */
enum cln_normalization {
  CLN_NORMALIZATION_NONE = 0, /**< None. */
  /** Group normalization (Wu and He 2018) of the sum of the convolutions and the biases, over groups of
   *  norm_group_channels channels; scale and shift per channel. Not for CLN_CELL_CONV_GRU_RESET_AFTER and
   *  CLN_CELL_ST_LSTM. CLN_CELL_CONV_GRU normalizes z and r together, and n apart. */
  CLN_NORMALIZATION_GROUP = 1,
  /** Layer normalization (Ba et al. 2016) of each convolution apart, over all its channels and pixels, before the sum and
   *  the biases; scale and shift per element, so that the layer has a fixed size. The 1x1 convolution W1 of the ST-LSTM
   *  has none. */
  CLN_NORMALIZATION_LAYER = 2
};

/** Zero padding of the input convolution, for each dimension of size n with kernel k, stride s and dilation d. */
enum cln_padding {
  /** n' = ceil(n / s); total = max((n' - 1) s + (k - 1) d + 1 - n, 0): total / 2 rounded down before, the rest after. */
  CLN_PADDING_SAME_TENSORFLOW = 0,
  /** n' = ceil(n / s); total = (k - 1) d: total / 2 rounded down before, the rest after. Equal to the former where s is 1. */
  CLN_PADDING_SAME_PYTORCH = 1,
  CLN_PADDING_VALID = 2,   /**< None: n' = floor((n - (k - 1) d - 1) / s) + 1. */
  CLN_PADDING_EXPLICIT = 3 /**< padding_before and padding_after of the description. */
};

/** Which way through time. */
enum cln_direction {
  CLN_DIRECTION_FORWARD = 0, /**< From the first step to the last. */
  CLN_DIRECTION_REVERSE = 1, /**< From the last step to the first; y of a step stands at that step, and the "last" output
                                  is that of step 0. The final state is the one after step 0. */
  /** Both, with parameters and a state each; their outputs are merged. In a stack every layer reads the merged output of
   *  the one below. Not for a stack of CLN_CELL_ST_LSTM. */
  CLN_DIRECTION_BIDIRECTIONAL = 2
};

/** How the outputs of the two directions become one. */
enum cln_merge {
  CLN_MERGE_CONCAT = 0, /**< Forward channels, then reverse ones: y has 2F channels. */
  CLN_MERGE_SUM = 1,    /**< Their sum. */
  CLN_MERGE_MUL = 2,    /**< Their product by element. */
  CLN_MERGE_AVERAGE = 3 /**< Half their sum. */
};

/** Whether runs of a layer can have a mask. A masked step leaves the state of its sequence as it is. */
enum cln_mask {
  CLN_MASK_NONE = 0,   /**< They cannot. */
  CLN_MASK_REPEAT = 1, /**< y of a masked step is the output before it in the direction of the layer; zeros before the
                            first step of the run that counts. */
  CLN_MASK_ZERO = 2    /**< y of a masked step is zeros. */
};

/** How what convolutions read is stored. */
enum cln_storage {
  CLN_STORAGE_FLOAT32 = 0, /**< 32-bit floats. */
  /** bfloat16: kernels, inputs, hidden states and whatever else a convolution reads, and what a training forward keeps of
   *  the gates. Sums, cell states, normalization, biases and peepholes stay 32-bit floats, as do the parameters
   *  themselves, their gradients and optimizers. Arrays that cross this interface are 32-bit floats all the same. GPU: what
   *  convolutions give may be rounded too. */
  CLN_STORAGE_BFLOAT16 = 1
};

/** Bias of the gates. */
enum cln_bias {
  CLN_BIAS_NONE = 0, /**< None. */
  CLN_BIAS_ONE = 1,  /**< One number for each gate and hidden channel. */
  CLN_BIAS_TWO = 2   /**< Recurrent layers: one for the gates of the input kernel and one, the recurrent bias, for those of the
                          recurrent kernel, each with a number for each gate and hidden channel. Their sum acts, and both
                          receive the same gradient, except in n of CLN_CELL_CONV_GRU_RESET_AFTER. */
};

/** The function of the gates i, f, o. Where a hard sigmoid is cut off, at 0 or 1, its slope is 0. */
enum cln_gate_activation {
  CLN_GATE_ACTIVATION_SIGMOID = 0,             /**< 1 / (1 + exp(-v)) */
  CLN_GATE_ACTIVATION_HARD_SIGMOID_KERAS2 = 1, /**< min(max(0.2 v + 0.5, 0), 1), as in Keras 1 and 2. */
  CLN_GATE_ACTIVATION_HARD_SIGMOID_KERAS3 = 2  /**< min(max(v / 6 + 0.5, 0), 1), as in Keras 3. */
};

/** The function of g, and of the new cell state in h' = o.cell(c'). */
enum cln_cell_activation {
  CLN_CELL_ACTIVATION_TANH = 0,    /**< tanh(v) */
  CLN_CELL_ACTIVATION_RELU = 1,    /**< max(v, 0), its slope at 0 being 0. */
  CLN_CELL_ACTIVATION_SIGMOID = 2, /**< 1 / (1 + exp(-v)) */
  CLN_CELL_ACTIVATION_LINEAR = 3   /**< v */
};

/** Order of the dimensions of x and y of a recurrent layer, and of dx and dy. States and parameters are channels first
 *  whatever the layout. */
enum cln_layout {
  CLN_LAYOUT_NTCHW = 0, /**< Batch first: x (N, T, C, H, W), y (N, T, F, H, W). */
  CLN_LAYOUT_TNCHW = 1, /**< Time first: x (T, N, C, H, W), y (T, N, F, H, W). */
  CLN_LAYOUT_NTHWC = 2, /**< Batch first, channels last: x (N, T, H, W, C), y (N, T, H, W, F). */
  CLN_LAYOUT_TNHWC = 3  /**< Time first, channels last: x (T, N, H, W, C), y (T, N, H, W, F). */
};

/** Which outputs a recurrent layer gives. */
enum cln_output {
  CLN_OUTPUT_SEQUENCE = 0, /**< h of every step. */
  CLN_OUTPUT_LAST = 1      /**< h of the last step only: y (N, F, H, W), or (N, H, W, F) where the layout is channels last.
                                Nothing is kept of the others. */
};

/** Description of a recurrent layer, or of a stack of them.
 *
 *  The input convolution lies over an input of sizes H, W and gives the grid H', W' of all states and outputs; without
 *  input channels the states have the sizes that are named for the input. Arrays of sizes hold one number for each of the
 *  first `rank` dimensions (D, H, W for rank 3; H, W; W); the others are ignored. */
typedef struct cln_recurrent_desc {
  uint32_t struct_size;         /**< sizeof(cln_recurrent_desc) */
  int32_t cell;                 /**< One of cln_cell. */
  int32_t rank;                 /**< Spatial dimensions: 1, 2 or 3. */
  int32_t layout;               /**< One of cln_layout. */
  int32_t output;               /**< One of cln_output. */
  int32_t peephole;             /**< One of cln_peephole; ConvLSTM only. */
  int32_t bias;                 /**< One of cln_bias. */
  float forget_bias;            /**< Added to the pre-activations of f and f'; not a parameter. Finite; 0 for a ConvGRU. */
  float cell_clip;              /**< clip(v) = min(max(v, -cell_clip), cell_clip): c' is cut off after its update and before
                                     o and h' look at it. The gradient passes where |c'| < cell_clip and is 0 elsewhere.
                                     At least 0 and finite; 0: no clip. ConvLSTM only. */
  int32_t gate_activation;      /**< One of cln_gate_activation: of every gate but g, g' and n. */
  int32_t cell_activation;      /**< One of cln_cell_activation: of g, g', n, and on the way from the cell state to h'. */
  int32_t normalization;        /**< One of cln_normalization. */
  float norm_epsilon;           /**< Added to the variance of a normalization: above 0 and finite. */
  int32_t mask;                 /**< One of cln_mask. */
  int32_t direction;            /**< One of cln_direction. */
  int32_t merge;                /**< One of cln_merge; looked at where the layer is bidirectional. */
  int32_t layers;               /**< L, 1 to 64: layers stacked on each other, each reading the outputs of the one below.
                                     Those above the first have the same kernel sizes, stride and dilation 1, and padding
                                     that keeps the sizes. */
  int32_t storage;              /**< One of cln_storage. */
  float input_dropout;          /**< Rate, 0 to below 1: what a training forward drops of the input of each layer, with one
                                     mask a gate, constant over time; what is kept is multiplied with 1 / (1 - rate).
                                     Inference drops nothing. */
  float recurrent_dropout;      /**< The same of the h (for n of CLN_CELL_CONV_GRU: r.h) that the recurrent kernel reads. */
  int32_t padding;              /**< One of cln_padding: of the input convolution. */
  int32_t reserved;             /**< 0 */
  int64_t input_channels;       /**< C, at least 0. With 0 the layer has no input: x is NULL and there is no input
                                     convolution, as in the first layer of a forecaster. */
  int64_t hidden_channels;      /**< F, at least 1. */
  int64_t norm_group_channels;  /**< Channels of a group of CLN_NORMALIZATION_GROUP, at least 1; must divide the channels
                                     that are normalized together. */
  int64_t fixed_size[3];        /**< H', W' where the layer has parameters per pixel: sessions must have these. Else 0. */
  int32_t input_kernel[3];      /**< Kx: 1 to 63 each. */
  int32_t input_stride[3];      /**< 1 to 63 each. Stride and dilation cannot both be above 1. */
  int32_t input_dilation[3];    /**< 1 to 63 each. */
  int32_t padding_before[3];    /**< CLN_PADDING_EXPLICIT: 0 to 4096 each. Else 0. */
  int32_t padding_after[3];     /**< Likewise. */
  int32_t recurrent_kernel[3];  /**< Kh: 1 to 63 each. */
  int32_t recurrent_dilation[3]; /**< 1 to 63 each. */
  int32_t reserved2;            /**< 0 */
} cln_recurrent_desc;

/** Description of a convolution layer y = W*x + b over images, stride 1, zero padding that keeps H and W. */
typedef struct cln_conv_desc {
  uint32_t struct_size;    /**< sizeof(cln_conv_desc) */
  int32_t rank;            /**< Spatial dimensions: 1, 2 or 3. */
  int32_t bias;            /**< CLN_BIAS_NONE or CLN_BIAS_ONE. */
  int32_t reserved;        /**< 0 */
  int64_t input_channels;  /**< At least 1. */
  int64_t output_channels; /**< At least 1. */
  int32_t kernel[3];       /**< The first `rank` are the sizes (H, W), 1 to 63; the others are ignored. */
  int32_t reserved2;       /**< 0 */
} cln_conv_desc;

/** What a parameter is. */
typedef struct cln_parameter_info {
  uint32_t struct_size;       /**< sizeof(cln_parameter_info), set by the caller. */
  int32_t rank;               /**< Dimensions. */
  int64_t dims[CLN_MAX_RANK]; /**< The first `rank` are the sizes, the others 0. */
  int64_t element_count;      /**< Product of the sizes. */
  const char* name;           /**< Canonical name. Valid while the layer lives. */
} cln_parameter_info;

/** Sets every field to its default: one forward ConvLSTM layer of rank 2 with 3x3 kernels, stride and dilation 1, padding
 *  that keeps the sizes, one bias, no peepholes, forget bias 0, sigmoid and tanh, no clip, no normalization (groups of 32,
 *  epsilon 1e-5), no mask, no dropout, 32-bit floats, NTCHW, the whole sequence. The channels are 0 and must be set. */
CLN_API cln_status cln_recurrent_desc_init(cln_recurrent_desc* desc);

/** Sets every field to its default: 1x1 with bias. The channels are 0 and must be set. */
CLN_API cln_status cln_conv_desc_init(cln_conv_desc* desc);

/** Creates a recurrent layer whose parameters are zeros.
 *
 *  Parameters in this order, each where the description has it. Kernels are (out, in, sizes), rows by gate and then by
 *  channel; G, Gh, Gm are F times the gates of the input, recurrent and memory kernel that cln_cell names.
 *    input_kernel (G, C, Kx, Kx)   recurrent_kernel (Gh, F, Kh, Kh)
 *    memory_kernel (Gm, F, Kh, Kh)   output_kernel (F, 2F, Kh, Kh)   mixing_kernel (F, 2F, 1, 1)   (ST-LSTM)
 *    bias (G)   recurrent_bias (Gh)
 *    peephole (3, F) or (3, F, H', W'): i, f, o
 *    norm_scale, norm_shift (G)   (group normalization)
 *    input_norm_scale, input_norm_shift (G, H', W')   recurrent_norm_scale, recurrent_norm_shift (Gh, H', W')
 *    memory_norm_scale, memory_norm_shift (Gm, H', W')   output_norm_scale, output_norm_shift (F, H', W')
 *                                                     (layer normalization; the last two lines of the ST-LSTM)
 *  A stack has these for each layer, a bidirectional layer for each direction, forward first. Their names then begin with
 *  "layers.I." (I from 0) and "forward." or "reverse.", as in "layers.1.reverse.bias".
 *
 *  @param out Receives the layer; free it with cln_layer_destroy. */
CLN_API cln_status cln_recurrent_create(cln_context* context, const cln_recurrent_desc* desc, cln_layer** out);

/** Creates a convolution layer whose parameters, kernel (out, in, K, K) and bias (out), are zeros.
 *  @param out Receives the layer; free it with cln_layer_destroy. */
CLN_API cln_status cln_conv_create(cln_context* context, const cln_conv_desc* desc, cln_layer** out);

/** Frees the layer once no session or optimizer uses it any more. @param layer [nullable] */
CLN_API cln_status cln_layer_destroy(cln_layer* layer);

/** Number of parameters (arrays, not elements). */
CLN_API cln_status cln_layer_get_parameter_count(cln_layer* layer, int32_t* out);

/** Tells what parameter `index` (from 0) is. @param out struct_size must be set. */
CLN_API cln_status cln_layer_get_parameter_info(cln_layer* layer, int32_t index, cln_parameter_info* out);

/** Copies a parameter from the caller into the layer. CLN_NOT_FINITE, and no change, if any value is NaN or infinite;
 *  CLN_BUSY while a session of the layer runs. @param count The parameter's element count. */
CLN_API cln_status cln_layer_set_parameter(cln_layer* layer, int32_t index, const float* data, int64_t count);

/** Copies a parameter to the caller. @param count The parameter's element count. */
CLN_API cln_status cln_layer_get_parameter(cln_layer* layer, int32_t index, float* data, int64_t count);

/** Copies the gradient of a parameter, accumulated since it was last cleared, to the caller; zeros where there is none.
 *  @param count The parameter's element count. */
CLN_API cln_status cln_layer_get_gradient(cln_layer* layer, int32_t index, float* data, int64_t count);

/** Clears the gradients of all parameters. */
CLN_API cln_status cln_layer_zero_gradients(cln_layer* layer);

/** Fills kernels with the Glorot uniform distribution (Glorot and Bengio 2010), the recurrent ones as well; scales of
 *  normalizations with ones; biases, peepholes and shifts with zeros. The same seed gives the same numbers on every
 *  machine. */
CLN_API cln_status cln_layer_initialize(cln_layer* layer, uint64_t seed);

/* ---------------------------------------------------------------------------------------------------------------------
 * 7  State
 * ------------------------------------------------------------------------------------------------------------------ */

/** The state of a recurrent layer for one batch, on its context's device, in parts of (N, F, H', W'). For a ConvLSTM part 0
 *  is h and part 1 is c; cln_cell names the parts of each cell. The parts of a bidirectional layer are those of the forward
 *  direction, then those of the reverse one; those of a stack are layer by layer. A stack of ST-LSTM has h and c of each
 *  layer and at the end the one memory m. The gradient of a state is a state too. */
typedef struct cln_state cln_state;

/** Creates a state of zeros for sessions of `layer` with this batch and these sizes.
 *  @param size `rank` sizes of the input (H, W), as in cln_session_desc; the layer's rank. @param out Receives the state; free it with cln_state_destroy. */
CLN_API cln_status cln_state_create(cln_context* context, cln_layer* layer, int64_t batch, const int64_t* size,
                                    int32_t rank, cln_state** out);

/** Frees the state. @param state [nullable] */
CLN_API cln_status cln_state_destroy(cln_state* state);

/** Sets the state to zeros. */
CLN_API cln_status cln_state_reset(cln_state* state);

/** Copies one state into another of the same parts, F, N, H' and W', though it may belong to another layer. */
CLN_API cln_status cln_state_copy(cln_state* source, cln_state* destination);

/** Number of parts; one ConvLSTM layer in one direction: 2. */
CLN_API cln_status cln_state_get_part_count(cln_state* state, int32_t* out);

/** Copies part `part` from the caller. @param count N*F*H'*W'. */
CLN_API cln_status cln_state_upload(cln_state* state, int32_t part, const float* data, int64_t count);

/** Copies part `part` to the caller. @param count N*F*H'*W'. */
CLN_API cln_status cln_state_download(cln_state* state, int32_t part, float* data, int64_t count);

/* ---------------------------------------------------------------------------------------------------------------------
 * 8  Sessions
 * ------------------------------------------------------------------------------------------------------------------ */

/** One layer made ready to run on one context for one batch and size: the chosen executor and its working memory. */
typedef struct cln_session cln_session;

/** What the backward pass needs of a training forward: the "tape" of one sequence. */
typedef struct cln_reserve cln_reserve;

/** What cln_session_create makes. */
typedef struct cln_session_desc {
  uint32_t struct_size; /**< sizeof(cln_session_desc) */
  int32_t reserved;     /**< 0 */
  int64_t batch;        /**< N, at least 1. Convolution layers: images in each of the T steps. */
  int64_t size[3];      /**< Spatial sizes, the first `rank` of the layer: H, W, each at least 1. */
} cln_session_desc;

/** What a session is. */
typedef struct cln_session_info {
  uint32_t struct_size;    /**< sizeof(cln_session_info), set by the caller. */
  int32_t reserved;        /**< 0 */
  int64_t workspace_bytes; /**< Working memory held by the session now. */
  int64_t output_channels; /**< Channels of y: F, or 2F where two directions are concatenated. */
  int64_t output_size[3];  /**< Sizes of y and of the states: the first `rank` of the layer. */
  const char* executor;    /**< Name of the executor chosen, such as "generic". Static text. */
} cln_session_info;

/** Sets every field to its default: batch 1, sizes 0 that must be set. */
CLN_API cln_status cln_session_desc_init(cln_session_desc* desc);

/** Creates a session. The first executor of the device's list that supports the layer, suits its shape and keeps to the
 *  context's policy is taken; the environment variable
 *  CLN_EXECUTOR names another, or its tiling too as in winograd_fused:4x4,folded, and CLN_UNSUPPORTED says that the named one does not support the layer.
 *  @param context May be another one than the layer's, of the same device.
 *  @param out     Receives the session; free it with cln_session_destroy. */
CLN_API cln_status cln_session_create(cln_context* context, cln_layer* layer, const cln_session_desc* desc,
                                      cln_session** out);

/** Frees the session. @param session [nullable] */
CLN_API cln_status cln_session_destroy(cln_session* session);

/** Tells what the session is. @param out struct_size must be set. */
CLN_API cln_status cln_session_get_info(cln_session* session, cln_session_info* out);

/** Tells how the session runs and why, as JSON (UTF-8), for sequences of `steps` steps; the same for the same layer, sizes and
 *  context. Called twice: with `text` NULL for the length, then with a place for it.
 *
 *  An object with device, instruction_set, threads, policy ("fast", "exact"), batch, steps, size ([H, W]), reserve_bytes (what
 *  cln_reserve_create takes for `steps` steps), stack (in words, how inference runs the layers of a stack: beside each other, or
 *  one by one, and why; only where the device knows more than one way), and cells: an array with one object for each layer and
 *  direction,
 *    layer, direction        from 0, at the bottom; "forward" or "reverse"
 *    description             its cell and knobs in one line
 *    input_size              [H, W] of its input
 *    executor                the one that runs it
 *    chosen_by               "list": it is the first of the device's list that takes it; "environment": CLN_EXECUTOR names it;
                            "tuning": the tuning file does
 *    passed_over             [{executor, why}]: those before it in the list
 *    algorithm, tiling       in words; tiling_numbers: {name: number}, names that depend on the algorithm
 *    input                   how the input's convolution is computed: "folded" into the recurrent one, "hoisted" over many
 *                            steps, "apart" in each step; "none" where there is none
 *    weight_bytes            kernels as the products read them, shared by all sessions of the layer
 *    work_bytes              working memory that it holds after a forward of `steps` steps without reserve; without what
 *                            cuDNN works in
 *    multiply_adds           of all its convolutions, as the equations have them
 *    computed_multiply_adds  those that are computed: Winograd saves some, edges of tiles and of vectors add some
 *    estimates               [{name, multiply_adds}]: of other executors and tilings that were looked at
 *  Readers must ignore names that they do not know.
 *  @param steps    T, at least 1.
 *  @param text     [nullable] Receives the text and a NUL.
 *  @param capacity Bytes at `text`; 0 where it is NULL. CLN_SHAPE_MISMATCH where they are too few.
 *  @param length   Receives the bytes of the text, its NUL counted. */
CLN_API cln_status cln_session_get_plan(cln_session* session, int64_t steps, char* text, int64_t capacity, int64_t* length);

/** What a run of a recurrent layer can have beside its input. All arrays are the caller's memory, read before the call
 *  returns. */
typedef struct cln_run_options {
  uint32_t struct_size;   /**< sizeof(cln_run_options) */
  int32_t reserved;       /**< 0 */
  int64_t input_steps;    /**< Steps that have an input, 0 to T: the first ones in time. x holds these alone; in the others
                               the input convolution is left out, biases stay. -1: all. */
  const int32_t* mask;    /**< [nullable] T*N numbers in the order of the layer's layout, (N, T) or (T, N): 1 where the step
                               of the sequence counts, 0 where it is masked. The layer must have been made for a mask. */
  int64_t mask_count;     /**< T*N; 0 where mask is NULL. */
  const int64_t* lengths; /**< [nullable] N numbers, 0 to T: steps from lengths[n] on are masked. Not beside mask. */
  int64_t length_count;   /**< N; 0 where lengths is NULL. */
  uint64_t dropout_seed;  /**< Decides what a training forward drops; the same seed drops the same on every device and with
                               any number of threads. Take another for each training step. */
} cln_run_options;

/** Sets every field to its default: all steps have an input, no mask, seed 0. */
CLN_API cln_status cln_run_options_init(cln_run_options* options);

/** Runs a sequence of `steps` steps over tensors.
 *  @param steps  T, at least 1.
 *  @param x      Input in the layer's layout; for a convolution layer (T, N, C, H, W). Only the element count is checked
 *                against T, N, C, H, W, so that any shape of the same elements will do. [nullable] exactly where the layer
 *                has no input channels or no step has an input.
 *  @param options [nullable] NULL for the defaults of cln_run_options_init. Must be NULL for a convolution layer.
 *  @param state  [nullable] In: the state before the first step; out: the state after the last. NULL: start from zeros and
 *                drop the final state. Must be NULL for a convolution layer.
 *  @param y      Output in the layer's layout; all elements are written. Must not overlap x. On a failure it may be
 *                partly written. */
CLN_API cln_status cln_session_forward(cln_session* session, int64_t steps, cln_tensor* x,
                                       const cln_run_options* options, cln_state* state, cln_tensor* y);

/** The same over the caller's memory: on the CPU nothing is copied.
 *  @param x_count Elements at x, must be T*N*C*H*W. @param y_count Elements at y. */
CLN_API cln_status cln_session_forward_host(cln_session* session, int64_t steps, const float* x, int64_t x_count,
                                            const cln_run_options* options, cln_state* state, float* y, int64_t y_count);

/** How a reserve bounds its memory, at the price of running parts of the forward a second time. Steps are counted in the
 *  direction of the layer. */
typedef struct cln_reserve_options {
  uint32_t struct_size;    /**< sizeof(cln_reserve_options) */
  int32_t reserved;        /**< 0 */
  int64_t checkpoint_every; /**< K: the forward keeps the state before every K-th step alone, and the backward computes the
                                gates of K steps at a time again. 1: only the gates are computed again. 0: everything is
                                kept. Gradients are the same: those by x and by states to the bit (up to rounding on the
                                executor "reference", whose states are doubles but those that are kept here), those of
                                parameters up to the order of their sums, which are taken over K steps at a time. */
  int64_t truncate_every;  /**< Truncated backpropagation: the gradient by the state stops before steps K, 2K, and so on, as if
                                the sequence had been cut there and the state carried on. 0: it does not stop. */
} cln_reserve_options;

/** Sets every field to its default: everything is kept, nothing is cut off. */
CLN_API cln_status cln_reserve_options_init(cln_reserve_options* options);

/** Creates an empty reserve for sequences of up to `max_steps` steps of this session, of any layer kind.
 *  @param options [nullable] NULL for the defaults of cln_reserve_options_init. Must be NULL for a convolution layer. */
CLN_API cln_status cln_reserve_create(cln_session* session, int64_t max_steps, const cln_reserve_options* options,
                                      cln_reserve** out);

/** Frees the reserve. @param reserve [nullable] */
CLN_API cln_status cln_reserve_destroy(cln_reserve* reserve);

/** Bytes held by the reserve. */
CLN_API cln_status cln_reserve_get_bytes(cln_reserve* reserve, int64_t* out);

/** cln_session_forward that also fills `reserve` for one later cln_session_backward. */
CLN_API cln_status cln_session_forward_training(cln_session* session, int64_t steps, cln_tensor* x,
                                                const cln_run_options* options, cln_state* state, cln_reserve* reserve,
                                                cln_tensor* y);

/** Exact backward through time over the sequence that `reserve` holds, with the options of its forward; adds to the
 *  gradients of the layer's parameters.
 *  @param x       The x of the forward, unchanged since; NULL where it was NULL there.
 *  @param reserve Filled by cln_session_forward_training and not yet used; empty afterwards (CLN_INVALID_STATE otherwise,
 *                 and where the layer's parameters have changed since).
 *  @param dy      Gradient of the loss by y, of y's shape. [nullable] NULL means zeros.
 *  @param dstate  [nullable] In: gradient by the final state; out: gradient by the initial state. NULL: zeros, not wanted.
 *  @param dx      [nullable] Receives the gradient by x, of x's shape; all elements are written. NULL: not wanted. Must
 *                 not overlap x or dy. */
CLN_API cln_status cln_session_backward(cln_session* session, cln_tensor* x, cln_reserve* reserve, cln_tensor* dy,
                                        cln_state* dstate, cln_tensor* dx);

/* ---------------------------------------------------------------------------------------------------------------------
 * 9  Losses and optimizers
 * ------------------------------------------------------------------------------------------------------------------ */

/** Losses; each is a mean over all elements. */
enum cln_loss {
  CLN_LOSS_MEAN_SQUARED_ERROR = 0,  /**< mean((p - y)^2) */
  CLN_LOSS_BINARY_CROSS_ENTROPY = 1 /**< mean(max(p, 0) - p*y + log(1 + exp(-|p|))): p is a logit, y in [0, 1]. */
};

/** Computes a loss and its gradient.
 *  @param prediction Any shape. @param target The same number of elements; for cross-entropy each in [0, 1].
 *  @param weights    [nullable] The same number of elements: what each counts in the mean, which stays a sum divided by the
 *                    number of elements. NULL: 1 each.
 *  @param gradient   [nullable] Receives the gradient of the loss by the prediction; may be `prediction` itself.
 *  @param loss       [nullable] Receives the loss. NULL: not wanted; a GPU is not waited for then. */
CLN_API cln_status cln_loss_evaluate(cln_context* context, int32_t loss_kind, cln_tensor* prediction, cln_tensor* target,
                                     cln_tensor* weights, cln_tensor* gradient, float* loss);

/** Updates the parameters of layers from their gradients. */
typedef struct cln_optimizer cln_optimizer;

/** Kinds of optimizer. */
enum cln_optimizer_kind {
  /** Stochastic gradient descent: v = momentum*v + g, p = p - learning_rate*v. Slots of a parameter: v. */
  CLN_OPTIMIZER_SGD = 0,
  /** Adam (Kingma and Ba 2015, algorithm 1): m = b1*m + (1-b1)*g, v = b2*v + (1-b2)*g^2,
   *  p = p - learning_rate * m/(1-b1^t) / (sqrt(v/(1-b2^t)) + epsilon). Slots of a parameter: m, v. */
  CLN_OPTIMIZER_ADAM = 1
};

/** What cln_optimizer_create makes. */
typedef struct cln_optimizer_desc {
  uint32_t struct_size; /**< sizeof(cln_optimizer_desc) */
  int32_t kind;         /**< One of cln_optimizer_kind. */
  float learning_rate;  /**< At least 0. */
  float momentum;       /**< SGD: 0 to below 1. */
  float beta1;          /**< Adam: 0 to below 1. */
  float beta2;          /**< Adam: 0 to below 1. */
  float epsilon;        /**< Adam: above 0. */
  float max_norm;       /**< Gradients are scaled so that the Euclidean norm over all of them is at most this; 0 for no
                             limit. */
} cln_optimizer_desc;

/** Sets every field to its default: Adam, learning rate 1e-3, betas 0.9 and 0.999, epsilon 1e-8, no limit; momentum 0. */
CLN_API cln_status cln_optimizer_desc_init(cln_optimizer_desc* desc);

/** Creates an optimizer that updates no layer yet. @param out Receives it; free it with cln_optimizer_destroy. */
CLN_API cln_status cln_optimizer_create(cln_context* context, const cln_optimizer_desc* desc, cln_optimizer** out);

/** Frees the optimizer. @param optimizer [nullable] */
CLN_API cln_status cln_optimizer_destroy(cln_optimizer* optimizer);

/** Adds the parameters of a layer, with slots of zeros. A layer can be added once. */
CLN_API cln_status cln_optimizer_add_layer(cln_optimizer* optimizer, cln_layer* layer);

/** Sets the learning rate of the steps to come, at least 0. */
CLN_API cln_status cln_optimizer_set_learning_rate(cln_optimizer* optimizer, float learning_rate);

/** Clips the gradients, updates the parameters of all layers added and clears their gradients. Where a gradient is not
 *  finite the step is skipped: nothing is updated, the step count stays, the gradients are cleared, and CLN_NOT_FINITE
 *  tells of it. The CPU tells at once. A GPU decides by itself and is not waited for where `gradient_norm` is NULL; skipped
 *  steps are then told of, once, by the next call on this optimizer that waits: a step with `gradient_norm`, whose own
 *  update is made all the same where its own gradients are finite, cln_optimizer_get_gradient_norm,
 *  cln_optimizer_get_step_count or cln_optimizer_get_slot.
 *  @param gradient_norm [nullable] Receives the norm before clipping; a GPU is waited for. */
CLN_API cln_status cln_optimizer_step(cln_optimizer* optimizer, float* gradient_norm);

/** The Euclidean norm of all gradients together in the last step, before clipping; 0 before the first. Waits for a GPU.
 *  CLN_NOT_FINITE, once, after skipped steps that nothing has told of. */
CLN_API cln_status cln_optimizer_get_gradient_norm(cln_optimizer* optimizer, float* out);

/** Steps made so far: the t of Adam. Skipped steps do not count. Waits for a GPU. CLN_NOT_FINITE, once, after skipped steps
 *  that nothing has told of. */
CLN_API cln_status cln_optimizer_get_step_count(cln_optimizer* optimizer, int64_t* out);

/** Sets the steps made so far, to resume. @param step_count At least 0. */
CLN_API cln_status cln_optimizer_set_step_count(cln_optimizer* optimizer, int64_t step_count);

/** Slots of each parameter: SGD 1, Adam 2. */
CLN_API cln_status cln_optimizer_get_slot_count(cln_optimizer* optimizer, int32_t* out);

/** Copies a slot to the caller, to save it. CLN_NOT_FINITE, once, after skipped steps that nothing has told of.
 *  @param layer One that was added. @param count The parameter's element count. */
CLN_API cln_status cln_optimizer_get_slot(cln_optimizer* optimizer, cln_layer* layer, int32_t parameter, int32_t slot,
                                          float* data, int64_t count);

/** Copies a slot from the caller, to resume. CLN_NOT_FINITE, and no change, if any value is NaN or infinite. */
CLN_API cln_status cln_optimizer_set_slot(cln_optimizer* optimizer, cln_layer* layer, int32_t parameter, int32_t slot,
                                          const float* data, int64_t count);

/* ---------------------------------------------------------------------------------------------------------------------
 * 10  Debugging
 * ------------------------------------------------------------------------------------------------------------------ */

/** Kinds of object that are counted. */
enum cln_object_kind {
  CLN_OBJECT_CONTEXT = 0,   /**< cln_context */
  CLN_OBJECT_TENSOR = 1,    /**< cln_tensor */
  CLN_OBJECT_LAYER = 2,     /**< cln_layer */
  CLN_OBJECT_STATE = 3,     /**< cln_state */
  CLN_OBJECT_SESSION = 4,   /**< cln_session */
  CLN_OBJECT_RESERVE = 5,   /**< cln_reserve */
  CLN_OBJECT_OPTIMIZER = 6, /**< cln_optimizer */
  CLN_OBJECT_KIND_COUNT = 7 /**< How many kinds there are. */
};

/** Counts what is alive in the process: handles of a kind and the bytes of device memory that they hold. Any thread.
 *  @param objects [nullable] @param bytes [nullable] Contexts hold what they keep for later: on the CPU nothing. */
CLN_API cln_status cln_debug_get_live(int32_t object_kind, int64_t* objects, int64_t* bytes);

/** The most bytes of device memory that all objects of the process have held together since the last reset. Any thread. */
CLN_API cln_status cln_debug_get_peak(int64_t* bytes);

/** Begins anew with what is held now. Any thread. */
CLN_API cln_status cln_debug_reset_peak(void);

#ifdef __cplusplus
}
#endif

#endif /* CONVLSTM_NATIVE_H */
