using BindingGenerator.Model;

namespace BindingGenerator;

/// <summary>Reads declarations out of a C header. Everything after it sees the model only.</summary>
public interface IFrontEnd
{
    /// <summary>Reads the header.</summary>
    /// <param name="headerPath">Path of the header, for the parser.</param>
    /// <param name="text">Text of the header, for comments and macros.</param>
    /// <returns>The declarations in the order of the header.</returns>
    HeaderModel Read(string headerPath, HeaderText text);
}
