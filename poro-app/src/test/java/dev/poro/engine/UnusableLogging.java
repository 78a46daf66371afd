package dev.poro.engine;

import org.slf4j.ILoggerFactory;
import org.slf4j.IMarkerFactory;
import org.slf4j.spi.MDCAdapter;
import org.slf4j.spi.SLF4JServiceProvider;

/** A logging library that cannot be started, as where its configuration is wrong. */
public final class UnusableLogging implements SLF4JServiceProvider {
    @Override
    public void initialize() {
        throw new IllegalStateException("wrong configuration");
    }

    @Override
    public ILoggerFactory getLoggerFactory() {
        return null;
    }

    @Override
    public IMarkerFactory getMarkerFactory() {
        return null;
    }

    @Override
    public MDCAdapter getMDCAdapter() {
        return null;
    }

    @Override
    public String getRequestedApiVersion() {
        return "2.0.99";
    }
}
