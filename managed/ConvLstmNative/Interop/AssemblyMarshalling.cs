using System.Runtime.CompilerServices;

// Every native signature is blittable; the compiler then refuses what would need marshalling at run time.
[assembly: DisableRuntimeMarshalling]
