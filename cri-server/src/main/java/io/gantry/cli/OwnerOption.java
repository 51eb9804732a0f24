package io.gantry.cli;

import io.gantry.proto.engine.Owner;
import java.util.Locale;
import picocli.CommandLine.Option;

/** Whose pods and containers are meant. */
final class OwnerOption {

    private enum Choice {
        GANTRY,
        CRI,
        BUILD,
        ANY
    }

    @Option(
            names = "--owner",
            paramLabel = "OWNER",
            description =
                    "gantry (default), cri for the kubelet's, build for those of builds, or any.")
    private Choice choice = Choice.GANTRY;

    Owner owner() {
        return switch (choice) {
            case GANTRY -> Owner.OWNER_GANTRY;
            case CRI -> Owner.OWNER_CRI;
            case BUILD -> Owner.OWNER_BUILD;
            case ANY -> Owner.OWNER_ANY;
        };
    }

    static String nameOf(Owner owner) {
        return owner.name().substring("OWNER_".length()).toLowerCase(Locale.ROOT);
    }
}
