// The layout of every struct of the header, as this library was compiled. The tables follow the header.
#include <array>
#include <cstddef>
#include <cstdio>

#include "convlstm_native.h"

namespace {

struct Row {
  const char* name;
  std::size_t offset;
  std::size_t size;
  bool is_struct;
};

#define CLN_STRUCT(type) \
  { #type, 0, sizeof(type), true }
#define CLN_FIELD(type, field) \
  { #type "." #field, offsetof(type, field), sizeof(type::field), false }

constexpr Row kRows[] = {
    CLN_STRUCT(cln_context_desc),
    CLN_FIELD(cln_context_desc, struct_size),
    CLN_FIELD(cln_context_desc, device_kind),
    CLN_FIELD(cln_context_desc, device_index),
    CLN_FIELD(cln_context_desc, thread_count),
    CLN_FIELD(cln_context_desc, policy),
    CLN_FIELD(cln_context_desc, math),
    CLN_FIELD(cln_context_desc, is_deterministic),
    CLN_STRUCT(cln_context_info),
    CLN_FIELD(cln_context_info, struct_size),
    CLN_FIELD(cln_context_info, device_kind),
    CLN_FIELD(cln_context_info, device_index),
    CLN_FIELD(cln_context_info, thread_count),
    CLN_FIELD(cln_context_info, policy),
    CLN_FIELD(cln_context_info, math),
    CLN_FIELD(cln_context_info, is_deterministic),
    CLN_FIELD(cln_context_info, reserved),
    CLN_FIELD(cln_context_info, memory_held),
    CLN_FIELD(cln_context_info, memory_used),
    CLN_FIELD(cln_context_info, device_name),
    CLN_FIELD(cln_context_info, instruction_set),
    CLN_STRUCT(cln_device_info),
    CLN_FIELD(cln_device_info, struct_size),
    CLN_FIELD(cln_device_info, device_kind),
    CLN_FIELD(cln_device_info, device_index),
    CLN_FIELD(cln_device_info, processors),
    CLN_FIELD(cln_device_info, capability_major),
    CLN_FIELD(cln_device_info, capability_minor),
    CLN_FIELD(cln_device_info, memory_bytes),
    CLN_FIELD(cln_device_info, name),
    CLN_STRUCT(cln_tensor_info),
    CLN_FIELD(cln_tensor_info, struct_size),
    CLN_FIELD(cln_tensor_info, dtype),
    CLN_FIELD(cln_tensor_info, device_kind),
    CLN_FIELD(cln_tensor_info, rank),
    CLN_FIELD(cln_tensor_info, dims),
    CLN_FIELD(cln_tensor_info, element_count),
    CLN_FIELD(cln_tensor_info, is_borrowed),
    CLN_FIELD(cln_tensor_info, reserved),
    CLN_STRUCT(cln_recurrent_desc),
    CLN_FIELD(cln_recurrent_desc, struct_size),
    CLN_FIELD(cln_recurrent_desc, cell),
    CLN_FIELD(cln_recurrent_desc, rank),
    CLN_FIELD(cln_recurrent_desc, layout),
    CLN_FIELD(cln_recurrent_desc, output),
    CLN_FIELD(cln_recurrent_desc, peephole),
    CLN_FIELD(cln_recurrent_desc, bias),
    CLN_FIELD(cln_recurrent_desc, forget_bias),
    CLN_FIELD(cln_recurrent_desc, cell_clip),
    CLN_FIELD(cln_recurrent_desc, gate_activation),
    CLN_FIELD(cln_recurrent_desc, cell_activation),
    CLN_FIELD(cln_recurrent_desc, normalization),
    CLN_FIELD(cln_recurrent_desc, norm_epsilon),
    CLN_FIELD(cln_recurrent_desc, mask),
    CLN_FIELD(cln_recurrent_desc, direction),
    CLN_FIELD(cln_recurrent_desc, merge),
    CLN_FIELD(cln_recurrent_desc, layers),
    CLN_FIELD(cln_recurrent_desc, storage),
    CLN_FIELD(cln_recurrent_desc, input_dropout),
    CLN_FIELD(cln_recurrent_desc, recurrent_dropout),
    CLN_FIELD(cln_recurrent_desc, padding),
    CLN_FIELD(cln_recurrent_desc, reserved),
    CLN_FIELD(cln_recurrent_desc, input_channels),
    CLN_FIELD(cln_recurrent_desc, hidden_channels),
    CLN_FIELD(cln_recurrent_desc, norm_group_channels),
    CLN_FIELD(cln_recurrent_desc, fixed_size),
    CLN_FIELD(cln_recurrent_desc, input_kernel),
    CLN_FIELD(cln_recurrent_desc, input_stride),
    CLN_FIELD(cln_recurrent_desc, input_dilation),
    CLN_FIELD(cln_recurrent_desc, padding_before),
    CLN_FIELD(cln_recurrent_desc, padding_after),
    CLN_FIELD(cln_recurrent_desc, recurrent_kernel),
    CLN_FIELD(cln_recurrent_desc, recurrent_dilation),
    CLN_FIELD(cln_recurrent_desc, reserved2),
    CLN_STRUCT(cln_conv_desc),
    CLN_FIELD(cln_conv_desc, struct_size),
    CLN_FIELD(cln_conv_desc, rank),
    CLN_FIELD(cln_conv_desc, bias),
    CLN_FIELD(cln_conv_desc, reserved),
    CLN_FIELD(cln_conv_desc, input_channels),
    CLN_FIELD(cln_conv_desc, output_channels),
    CLN_FIELD(cln_conv_desc, kernel),
    CLN_FIELD(cln_conv_desc, reserved2),
    CLN_STRUCT(cln_parameter_info),
    CLN_FIELD(cln_parameter_info, struct_size),
    CLN_FIELD(cln_parameter_info, rank),
    CLN_FIELD(cln_parameter_info, dims),
    CLN_FIELD(cln_parameter_info, element_count),
    CLN_FIELD(cln_parameter_info, name),
    CLN_STRUCT(cln_session_desc),
    CLN_FIELD(cln_session_desc, struct_size),
    CLN_FIELD(cln_session_desc, reserved),
    CLN_FIELD(cln_session_desc, batch),
    CLN_FIELD(cln_session_desc, size),
    CLN_STRUCT(cln_session_info),
    CLN_FIELD(cln_session_info, struct_size),
    CLN_FIELD(cln_session_info, reserved),
    CLN_FIELD(cln_session_info, workspace_bytes),
    CLN_FIELD(cln_session_info, output_channels),
    CLN_FIELD(cln_session_info, output_size),
    CLN_FIELD(cln_session_info, executor),
    CLN_STRUCT(cln_run_options),
    CLN_FIELD(cln_run_options, struct_size),
    CLN_FIELD(cln_run_options, reserved),
    CLN_FIELD(cln_run_options, input_steps),
    CLN_FIELD(cln_run_options, mask),
    CLN_FIELD(cln_run_options, mask_count),
    CLN_FIELD(cln_run_options, lengths),
    CLN_FIELD(cln_run_options, length_count),
    CLN_FIELD(cln_run_options, dropout_seed),
    CLN_STRUCT(cln_reserve_options),
    CLN_FIELD(cln_reserve_options, struct_size),
    CLN_FIELD(cln_reserve_options, reserved),
    CLN_FIELD(cln_reserve_options, checkpoint_every),
    CLN_FIELD(cln_reserve_options, truncate_every),
    CLN_STRUCT(cln_optimizer_desc),
    CLN_FIELD(cln_optimizer_desc, struct_size),
    CLN_FIELD(cln_optimizer_desc, kind),
    CLN_FIELD(cln_optimizer_desc, learning_rate),
    CLN_FIELD(cln_optimizer_desc, momentum),
    CLN_FIELD(cln_optimizer_desc, beta1),
    CLN_FIELD(cln_optimizer_desc, beta2),
    CLN_FIELD(cln_optimizer_desc, epsilon),
    CLN_FIELD(cln_optimizer_desc, max_norm),
};

#undef CLN_STRUCT
#undef CLN_FIELD

// Room for the longest line of each row, so that the text cannot be cut.
constexpr std::size_t kLongestLine = 64;
using Text = std::array<char, std::size(kRows) * kLongestLine>;

Text make_text() noexcept {
  Text text{};
  std::size_t used = 0;
  for (const Row& row : kRows) {
    char* const at = text.data() + used;
    const std::size_t left = text.size() - used;
    const int length = row.is_struct
                           ? std::snprintf(at, left, "%s %zu\n", row.name, row.size)
                           : std::snprintf(at, left, "%s %zu %zu\n", row.name, row.offset, row.size);
    used += static_cast<std::size_t>(length);
  }
  return text;
}

}  // namespace

extern "C" const char* cln_abi_layout(void) {
  static const Text text = make_text();
  return text.data();
}
