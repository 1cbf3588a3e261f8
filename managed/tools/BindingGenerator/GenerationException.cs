namespace BindingGenerator;

/// <summary>The header cannot be turned into declarations; the message is one line for the user.</summary>
public sealed class GenerationException : Exception
{
    public GenerationException(string message)
        : base(message)
    {
    }

    public GenerationException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
