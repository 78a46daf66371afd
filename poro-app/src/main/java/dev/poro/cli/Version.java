package dev.poro.cli;

import picocli.CommandLine.IVersionProvider;

/** The version that the build wrote into the jar's manifest. */
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

    /** Drops the third number of a version if it is 0. */
    private static String withoutZeroPatch(String version) {
        return version.matches("\\d+\\.\\d+\\.0") ? version.substring(0, version.length() - 2) : version;
    }
}
