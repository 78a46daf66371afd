package dev.poro.cli;

import picocli.CommandLine.TypeConversionException;

/** Where a server listens. */
record Endpoint(String host, int port) {
    private static final int DEFAULT_PORT = 6_379;
    private static final int MAX_PORT = 65_535;

    /** Where {@code poro serve} listens if it is not told otherwise. */
    static final Endpoint DEFAULT = new Endpoint("127.0.0.1", DEFAULT_PORT);

    /**
     * Parses {@code HOST:PORT}, {@code HOST} or {@code :PORT}. The address of IPv6 that has a port is in brackets.
     *
     * @throws TypeConversionException if it is none of these
     */
    static Endpoint parse(String text) {
        int bracket = text.lastIndexOf(']');
        boolean isBareIpv6 = bracket < 0 && text.indexOf(':') != text.lastIndexOf(':');
        int colon = isBareIpv6 ? -1 : text.indexOf(':', bracket + 1);
        String host = colon < 0 ? text : text.substring(0, colon);
        if (bracket > 0 && host.startsWith("[") && bracket == host.length() - 1) {
            host = host.substring(1, bracket);
        }
        if (text.isEmpty() || host.contains("[") || host.contains("]") || host.contains("/")) {
            throw wrong(text);
        }
        return new Endpoint(host.isEmpty() ? DEFAULT.host : host, colon < 0 ? DEFAULT_PORT : port(text, colon + 1));
    }

    private static int port(String text, int from) {
        try {
            int port = Integer.parseInt(text.substring(from));
            if (port > 0 && port <= MAX_PORT) {
                return port;
            }
        } catch (NumberFormatException e) {
            // below
        }
        throw wrong(text);
    }

    private static TypeConversionException wrong(String text) {
        return new TypeConversionException(
                "'" + text + "' is not a server: HOST:PORT, as in localhost:6379 or [::1]:6379");
    }

    @Override
    public String toString() {
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }
}
