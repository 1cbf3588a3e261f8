#include "support/header.h"

#include <fstream>
#include <regex>
#include <sstream>

namespace convlstm::test {
namespace {

std::string header_without_comments() {
  std::ifstream file(CLN_HEADER);
  std::ostringstream text;
  text << file.rdbuf();
  std::string out;
  const std::string all = text.str();
  for (std::size_t at = 0; at < all.size();) {
    const std::size_t open = all.find("/*", at);
    out += all.substr(at, open - at);
    if (open == std::string::npos) break;
    at = all.find("*/", open) + 2;
  }
  return out;
}

template <typename Use>
void for_each_match(const std::string& text, const char* pattern, const Use& use) {
  const std::regex regex(pattern);
  for (std::sregex_iterator match(text.begin(), text.end(), regex), end; match != end; ++match) use(*match);
}

}  // namespace

std::vector<DeclaredFunction> declared_functions() {
  std::vector<DeclaredFunction> out;
  for_each_match(header_without_comments(), R"(CLN_API\s+[\w ]+[\s\*]+(cln_\w+)\s*\(([^)]*)\))",
                 [&](const std::smatch& match) {
                   out.push_back({match[1], match[2]});
                 });
  return out;
}

std::vector<DeclaredStruct> declared_structs() {
  std::vector<DeclaredStruct> out;
  for_each_match(
      header_without_comments(), R"(typedef struct (\w+) \{([^}]*)\})", [&](const std::smatch& match) {
        DeclaredStruct& declared = out.emplace_back(DeclaredStruct{match[1], {}});
        for_each_match(
            match[2], R"(((?:const )?\w+\*?)\s+(\w+)(?:\[(\w+)\])?;)", [&](const std::smatch& field) {
              const std::string count = field[3];
              const int elements = count.empty() ? 1 : count == "CLN_MAX_RANK" ? 8 : std::stoi(count);
              declared.fields.push_back({field[1], field[2], elements});
            });
      });
  return out;
}

}  // namespace convlstm::test
