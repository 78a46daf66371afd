package dev.poro.cli;

import picocli.CommandLine.IVersionProvider;

/** The version, as the build wrote it into the jar's manifest. */
final class Version implements IVersionProvider {

    /** The first line of a session, for example {@code Poro v1.0 - Fast key-value store}. */
    static String banner() {
        return name() + " - Fast key-value store";
    }

    @Override
    public String[] getVersion() {
        return new String[] {name(), "Java ${java.version} (${java.vendor}), ${os.name} ${os.arch}"};
    }

    private static String name() {
        String version = Version.class.getPackage().getImplementationVersion();
        return version == null ? "Poro (development)" : "Poro v" + withoutZeroPatch(version);
    }

    /** A release is known by two numbers; a third one is shown when there is something to tell. */
    private static String withoutZeroPatch(String version) {
        return version.matches("\\d+\\.\\d+\\.0") ? version.substring(0, version.length() - 2) : version;
    }
}
