package dev.poro.cli;

import dev.poro.statemachine.StateMachineHandler;
import dev.poro.wal.LogInspector;

/** What a command must not do; breaks a rule. */
public final class LooksBelowTheEngine {
    LogInspector inspector;
    StateMachineHandler handler;
}
