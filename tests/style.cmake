# Tests of the sources themselves; run once, by the native build.
