package io.gantry.runtime.container;

/**
 * Where a container is in its life.
 *
 * <pre>
 *             created            start              exit, lost
 *   CREATING ────────▶ CREATED ────────▶ RUNNING ───────────────▶ EXITED ── remove ──▶ (gone)
 *      │                  │                                          ▲
 *      └─ failed: (gone)  ├── start failed (StartError, 128) ────────┤
 *                         └── pod stopped ───────────────────────────┘
 * </pre>
 *
 * CREATING is the intent, recorded before anything is made; clients do not see it. EXITED is final.
 */
public enum ContainerState {
    CREATING,
    CREATED,
    RUNNING,
    EXITED
}
