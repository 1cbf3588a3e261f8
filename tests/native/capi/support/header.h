// The text of the public header, read for what it declares.
#pragma once

#include <string>
#include <vector>

namespace convlstm::test {

struct DeclaredField {
  std::string type;  // such as "int64_t" or "const char*"
  std::string name;
  int count = 1;  // elements of an array
};

struct DeclaredStruct {
  std::string name;
  std::vector<DeclaredField> fields;
};

struct DeclaredFunction {
  std::string name;
  std::string parameters;  // the text between the parentheses
};

std::vector<DeclaredFunction> declared_functions();
std::vector<DeclaredStruct> declared_structs();

}  // namespace convlstm::test
