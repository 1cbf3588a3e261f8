#include <algorithm>
#include <sstream>
#include <stdexcept>

#include "support/fixture.h"
#include "support/header.h"

namespace convlstm::test {
namespace {

std::size_t size_of_type(const std::string& type) {
  if (type.back() == '*' || type == "int64_t" || type == "uint64_t") return 8;
  if (type == "int32_t" || type == "uint32_t" || type == "float") return 4;
  throw std::runtime_error("a field of type " + type);
}

std::size_t round_up(std::size_t value, std::size_t alignment) {
  return (value + alignment - 1) / alignment * alignment;
}

// The layout that the C rules give to the structs as they are written in the header.
std::string expected_layout() {
  std::ostringstream out;
  for (const DeclaredStruct& declared : declared_structs()) {
    std::size_t end = 0, alignment = 1;
    std::ostringstream fields;
    for (const DeclaredField& field : declared.fields) {
      const std::size_t element = size_of_type(field.type);
      const std::size_t size = element * static_cast<std::size_t>(field.count);
      const std::size_t offset = round_up(end, element);
      fields << declared.name << '.' << field.name << ' ' << offset << ' ' << size << '\n';
      end = offset + size;
      alignment = std::max(alignment, element);
    }
    out << declared.name << ' ' << round_up(end, alignment) << '\n' << fields.str();
  }
  return out.str();
}

TEST(Layout, OfTheLibrary_IsThatOfTheHeader) {
  EXPECT_EQ(declared_structs().size(), 12u);
  EXPECT_EQ(cln_abi_layout(), expected_layout());
  EXPECT_EQ(cln_abi_layout(), cln_abi_layout()) << "static text";
}

}  // namespace
}  // namespace convlstm::test
