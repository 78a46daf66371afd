package dev.poro.cli;

import dev.poro.engine.SyncPolicy;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Parses the name of a {@link SyncPolicy}, in upper or lower case. */
final class SyncPolicyConverter implements ITypeConverter<SyncPolicy> {
    @Override
    public SyncPolicy convert(String text) {
        for (SyncPolicy policy : SyncPolicy.values()) {
            if (policy.name().equalsIgnoreCase(text)) {
                return policy;
            }
        }
        String names = Arrays.stream(SyncPolicy.values())
                .map(policy -> policy.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(", "));
        throw new TypeConversionException("'" + text + "' is not one of " + names);
    }
}
