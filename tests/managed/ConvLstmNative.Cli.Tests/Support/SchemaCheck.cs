using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ConvLstmNative.Cli.Tests;

/// <summary>Checks JSON against as much of JSON Schema 2020-12 as the schema of layers uses; an unknown keyword is an error.</summary>
internal static class SchemaCheck
{
    private static readonly string[] Annotations = ["$schema", "title", "description", "default"];

    /// <summary>What is wrong with a value; empty where nothing is.</summary>
    public static IEnumerable<string> Errors(JsonObject schema, JsonNode? value, string path = "$")
    {
        foreach ((string keyword, JsonNode? rule) in schema)
        {
            foreach (string error in Annotations.Contains(keyword) ? [] : Check(schema, keyword, rule!, value, path))
                yield return error;
        }
    }

    private static IEnumerable<string> Check(JsonObject schema, string keyword, JsonNode rule, JsonNode? value, string path)
    {
        switch (keyword)
        {
            case "type":
                return Expect(IsOfType(rule.GetValue<string>(), value), path, $"type {rule}");
            case "enum":
                return Expect(rule.AsArray().Any(item => JsonNode.DeepEquals(item, value)), path, $"one of {rule.ToJsonString()}");
            case "const":
                return Expect(JsonNode.DeepEquals(rule, value), path, $"{rule}");
            case "minimum":
                return Expect(Number(value) is not { } low || low >= rule.GetValue<double>(), path, $"at least {rule}");
            case "maximum":
                return Expect(Number(value) is not { } high || high <= rule.GetValue<double>(), path, $"at most {rule}");
            case "exclusiveMinimum":
                return Expect(Number(value) is not { } above || above > rule.GetValue<double>(), path, $"above {rule}");
            case "exclusiveMaximum":
                return Expect(Number(value) is not { } below || below < rule.GetValue<double>(), path, $"below {rule}");
            case "minItems":
                return Expect(value is not JsonArray few || few.Count >= rule.GetValue<int>(), path, $"at least {rule} items");
            case "maxItems":
                return Expect(value is not JsonArray many || many.Count <= rule.GetValue<int>(), path, $"at most {rule} items");
            case "items":
                return value is JsonArray items ? items.SelectMany(item => Errors(rule.AsObject(), item, path + "[]")) : [];
            case "required":
                return rule.AsArray().SelectMany(name => Expect(value!.AsObject().ContainsKey(name!.ToString()), path, $"{name}"));
            case "properties":
                return rule.AsObject().Where(property => value is JsonObject given && given.ContainsKey(property.Key))
                    .SelectMany(property => Errors(property.Value!.AsObject(), value![property.Key], $"{path}.{property.Key}"));
            case "anyOf":
                return Expect(Matches(rule, value).Any(), path, "one of several forms");
            case "oneOf":
                return Expect(Matches(rule, value).Count() == 1, path, "exactly one of several forms");
            case "unevaluatedProperties" when !rule.GetValue<bool>():
                HashSet<string> known = [.. new[] { schema }.Concat(Matches(schema["oneOf"]!, value))
                    .SelectMany(part => part["properties"]!.AsObject().Select(property => property.Key))];
                return value!.AsObject().Where(property => !known.Contains(property.Key)).Select(property => $"{path}.{property.Key}: unknown");
            default:
                return [$"{path}: this check does not know the keyword {keyword}"];
        }
    }

    private static IEnumerable<JsonObject> Matches(JsonNode forms, JsonNode? value) =>
        forms.AsArray().Select(form => form!.AsObject()).Where(form => !Errors(form, value).Any());

    private static IEnumerable<string> Expect(bool holds, string path, string expected) => holds ? [] : [$"{path}: expected {expected}"];

    private static double? Number(JsonNode? value) =>
        value?.GetValueKind() == JsonValueKind.Number ? double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture) : null;

    private static bool IsOfType(string type, JsonNode? value) => type switch
    {
        "object" => value is JsonObject,
        "array" => value is JsonArray,
        "boolean" => value?.GetValueKind() is JsonValueKind.True or JsonValueKind.False,
        "number" => Number(value) is not null,
        "integer" => Number(value) is { } number && number == Math.Floor(number),
        _ => false,
    };
}
