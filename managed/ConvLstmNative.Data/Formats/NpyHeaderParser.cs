using System.Globalization;
using System.Text;

namespace ConvLstmNative.Data;

/// <summary>Takes apart the Python literal of an npy header, token by token.</summary>
internal struct NpyHeaderParser(string path, string text)
{
    private int _at;

    public bool TryTake(char wanted)
    {
        SkipSpace();
        if (_at >= text.Length || text[_at] != wanted)
            return false;
        _at++;
        return true;
    }

    public void Expect(char wanted)
    {
        if (!TryTake(wanted))
            throw Unexpected($"'{wanted}'");
    }

    public void ExpectEnd()
    {
        SkipSpace();
        if (_at < text.Length)
            throw Unexpected("the end of the npy header");
    }

    public string TakeString()
    {
        SkipSpace();
        char quote = _at < text.Length ? text[_at] : '\0';
        int end = quote is '\'' or '"' ? text.IndexOf(quote, _at + 1) : -1;
        if (end < 0)
            throw Unexpected("a string");
        string value = text[(_at + 1)..end];
        _at = end + 1;
        return value;
    }

    public bool TakeBoolean()
    {
        SkipSpace();
        foreach ((string word, bool value) in new[] { ("True", true), ("False", false) })
        {
            if (text.AsSpan(_at).StartsWith(word, StringComparison.Ordinal))
            {
                _at += word.Length;
                return value;
            }
        }
        throw Unexpected("True or False");
    }

    public long[] TakeTuple(int maximumRank)
    {
        List<long> sizes = [];
        Expect('(');
        while (!TryTake(')'))
        {
            sizes.Add(TakeSize());
            if (sizes.Count > maximumRank)
                throw new DataFormatException(path, $"an npy array of at most {maximumRank} dimensions", "more");
            if (!TryTake(','))
            {
                Expect(')');
                break;
            }
        }
        return [.. sizes];
    }

    private long TakeSize()
    {
        SkipSpace();
        int start = _at;
        while (_at < text.Length && char.IsAsciiDigit(text[_at]))
            _at++;
        if (!long.TryParse(text.AsSpan(start, _at - start), NumberStyles.None, CultureInfo.InvariantCulture, out long size))
            throw Unexpected("a size");
        // Python 2 wrote its long integers with a suffix, and old files keep it.
        if (_at < text.Length && text[_at] == 'L')
            _at++;
        return size;
    }

    private void SkipSpace()
    {
        while (_at < text.Length && text[_at] is ' ' or '\n' or '\t' or '\r')
            _at++;
    }

    private readonly DataFormatException Unexpected(string expected)
    {
        StringBuilder rest = new();
        foreach (char c in text.AsSpan(Math.Min(_at, text.Length)))
        {
            if (rest.Length >= 40)
                break;
            rest.Append(char.IsControl(c) ? '?' : c);
        }
        return new DataFormatException(path, $"{expected} at character {_at} of the npy header", $"'{rest}'");
    }
}
