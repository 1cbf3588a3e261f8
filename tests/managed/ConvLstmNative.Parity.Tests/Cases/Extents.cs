namespace ConvLstmNative.Parity.Tests;

/// <summary>Numbers by dimension that are equal where their elements are, and print themselves.</summary>
internal readonly record struct Extents
{
    private readonly int[] _values;

    public Extents(params int[] values) => _values = values;

    public int this[int dimension] => _values[dimension];

    public int Rank => _values.Length;

    public int Product => _values.Aggregate(1, (product, value) => product * value);

    public long[] ToLongs() => Array.ConvertAll(_values, value => (long)value);

    public int[] ToArray() => [.. _values];

    public bool Equals(Extents other) => _values.AsSpan().SequenceEqual(other._values);

    public override int GetHashCode() => Product;

    public override string ToString() => string.Join('x', _values);
}
