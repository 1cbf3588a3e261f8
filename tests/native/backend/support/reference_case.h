// A sequence through the reference in doubles, and its gradients against central differences: with masks,
// dropout and steps without input inside what is differentiated.
#pragma once

#include <string>
#include <vector>

#include "backend/cpu/reference_recurrent.h"
#include "core/random.h"

namespace convlstm::test {

using cpu::reference::Doubles;
using cpu::reference::Parameters;
using cpu::reference::Recurrent;
using cpu::reference::Sequence;

struct Case {
  RecurrentDesc desc;
  InputShape shape;
  Sequence sequence;  // its mask is taken from the two arrays below, [t][n]; empty: none
  std::vector<std::uint8_t> active, emits;
  Doubles initial;                   // a state
  Doubles y_weights, final_weights;  // the objective: weighted sums of y and of the final state
};

// Random arrays; all steps have an input.
Case make_case(std::uint64_t seed, const RecurrentDesc& desc, const InputShape& shape, std::int64_t steps);

// Steps [begin, end) alone have an input; x is NaN in the others.
void limit_input(Case& c, StepRange range);

// A random mask for desc.mask.
void add_mask(Case& c, std::uint64_t seed);

struct Outputs {
  Doubles y, final;
};
Outputs run(const Case& c);

struct CaseGradients {
  Doubles x, initial;
  Parameters parameters;
};
CaseGradients differentiate(const Case& c);

// Every gradient, element by element: of each array `elements` random ones, 0: all. Besides, of each array
// the derivative in a random direction, which looks at all elements.
void check_gradients(Case& c, std::size_t elements = 0);

std::string describe(const Case& c);

}  // namespace convlstm::test
