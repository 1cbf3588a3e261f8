using System.Globalization;

namespace ConvLstmNative.Data;

/// <summary>The header of an npy file: a Python dictionary literal with exactly descr, fortran_order and shape.</summary>
internal sealed record NpyHeader(NpyElementType ElementType, long[] Shape)
{
    private const int MaximumRank = 32;

    public int ElementBytes => NpyElements.Bytes(ElementType);

    public static NpyHeader Parse(string path, string text)
    {
        NpyHeaderParser parser = new(path, text);
        string? descr = null;
        bool? fortranOrder = null;
        long[]? shape = null;
        parser.Expect('{');
        while (!parser.TryTake('}'))
        {
            string key = parser.TakeString();
            parser.Expect(':');
            if (key == "descr" && descr is null)
                descr = parser.TakeString();
            else if (key == "fortran_order" && fortranOrder is null)
                fortranOrder = parser.TakeBoolean();
            else if (key == "shape" && shape is null)
                shape = parser.TakeTuple(MaximumRank);
            else
            {
                throw new DataFormatException(
                    path, "the npy keys descr, fortran_order and shape, once each", $"'{key}'");
            }
            if (!parser.TryTake(','))
            {
                parser.Expect('}');
                break;
            }
        }
        parser.ExpectEnd();
        if (descr is null || fortranOrder is null || shape is null)
            throw new DataFormatException(path, "the npy keys descr, fortran_order and shape", $"{text.Trim()}");
        if (fortranOrder.Value)
            throw new DataFormatException(path, "an npy array in C order", "Fortran order");
        return new NpyHeader(NpyElements.Parse(path, descr), shape);
    }

    /// <summary>The dictionary as NumPy writes it.</summary>
    public string ToLiteral()
    {
        string sizes = string.Join(", ", Shape.Select(size => size.ToString(CultureInfo.InvariantCulture)));
        string tuple = Shape.Length == 1 ? $"({sizes},)" : $"({sizes})";
        return $"{{'descr': '{NpyElements.Name(ElementType)}', 'fortran_order': False, 'shape': {tuple}, }}";
    }
}
