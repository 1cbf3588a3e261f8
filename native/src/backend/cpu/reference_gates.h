// What the cells are made of: convolutions that give the rows of some gates, sums of such rows, and biases.
#pragma once

#include "backend/cpu/reference_cell.h"
#include "backend/cpu/reference_normalization.h"
#include "cell/dropout.h"

namespace convlstm::cpu::reference {

// The grid of the states, and the numbers of one gate or of one part of the state.
struct Grid {
  std::int64_t channels, area;
  std::int64_t block() const { return channels * area; }
};

Grid grid_of(const RecurrentDesc& desc, const Size3& input);

// To bfloat16 where the layer stores so what its convolutions read.
double as_stored(cln_storage storage, double value);

// Gates [first, first + gates) of a kernel over one source, with the layer normalization of their rows
// together.
class GateConvolution {
 public:
  struct Drop {
    bool does = false;
    dropout::Kind kind = dropout::kInput;
    float rate = 0;
  };

  // Of the input; of h or r.h; of m; of [c', m'] to o; of [c', m'] to h.
  static GateConvolution of_input(const RecurrentDesc& desc, const Size3& input);
  static GateConvolution of_hidden(const RecurrentDesc& desc, const Size3& input, std::int64_t first,
                                   std::int64_t gates);
  static GateConvolution of_memory(const RecurrentDesc& desc, const Size3& input);
  static GateConvolution of_output(const RecurrentDesc& desc, const Size3& input);
  static GateConvolution of_mixing(const RecurrentDesc& desc, const Size3& input);

  using Trace = Normalization::Trace;

  // The rows (gates, F, D', H', W').
  Doubles forward(const Step& step, const double* source, Trace& trace) const;
  // drows: the gradient by the rows. dsource (null: not wanted) and the gradients are added to.
  void backward(const Step& step, const double* source, const Trace& trace, Doubles drows, double* dsource,
                Parameters& gradients) const;

 private:
  GateConvolution(const RecurrentDesc& desc, const Correlation& gate, std::int64_t first, std::int64_t gates,
                  std::size_t kernel, std::size_t scale);

  double factor(const Step& step, std::int64_t gate, std::int64_t element) const;
  // The source as gate `gate` of the kernel sees it.
  Doubles read(const Step& step, std::int64_t gate, const double* source) const;

  Correlation gate_;  // of the rows of one gate
  std::int64_t first_, gates_;
  std::size_t kernel_;  // places of the kernel and the scale; the shift follows the scale
  std::size_t scale_;
  bool is_normalized_;
  Normalization normalization_;
  cln_storage storage_;
  Drop drop_;
};

// Gates [to_gate, to_gate + gates) of `to` += gates [from_gate, from_gate + gates) of `from`.
void add_gates(Doubles& to, std::int64_t to_gate, const Doubles& from, std::int64_t from_gate,
               std::int64_t gates, const Grid& grid);
// The same, but of a bias: one number a channel; nothing where `bias` is empty.
void add_bias(Doubles& to, std::int64_t to_gate, const Doubles& bias, std::int64_t from_gate,
              std::int64_t gates, const Grid& grid);
// Gates [to_gate, to_gate + gates) of the gradient `dbias` += the sums over the pixels of drows' gates from
// `from_gate`.
void add_bias_gradient(Doubles& dbias, std::int64_t to_gate, const Doubles& drows, std::int64_t from_gate,
                       std::int64_t gates, const Grid& grid);
// Gates [first, first + gates) alone.
Doubles take_gates(const Doubles& rows, std::int64_t first, std::int64_t gates, const Grid& grid);

}  // namespace convlstm::cpu::reference
