using System.Text.Json;
using System.Text.Json.Serialization;

namespace ConvLstmNative;

/// <summary>The values of an enumeration as words in snake case.</summary>
internal sealed class WordConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where T : struct, Enum;
