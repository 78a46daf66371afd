package dev.poro.cli;

import dev.poro.engine.tools.ChangesStart;
import picocli.CommandLine.ITypeConverter;

/** Parses where the changes to show begin: a sequence, a time, or {@code now}. */
final class ChangesStartConverter implements ITypeConverter<ChangesStart> {
    @Override
    public ChangesStart convert(String text) {
        return text.equals("now") ? ChangesStart.END : ChangesStart.at(new RestorePointConverter().convert(text));
    }
}
