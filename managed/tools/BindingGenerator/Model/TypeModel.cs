namespace BindingGenerator.Model;

/// <summary>A C type as far as the header uses types.</summary>
public abstract record TypeModel;
