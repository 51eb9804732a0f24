package io.gantry.runtime.service;

import io.gantry.base.Finding;
import io.gantry.base.error.ServiceException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a check has found so far, each thing mended at once where that is wanted. */
final class Findings {

    private static final Logger log = LoggerFactory.getLogger(Findings.class);

    private final boolean repair;
    private final List<Finding> found = new ArrayList<>();

    Findings(boolean repair) {
        this.repair = repair;
    }

    /** Something that can be done about a finding. */
    @FunctionalInterface
    interface Step {
        void run() throws IOException;
    }

    /** One that resists must keep neither the others, nor the runtime from starting. */
    void add(String kind, String subject, String problem, Step mend) {
        String failure = "";
        if (repair) {
            log.atWarn()
                    .addKeyValue("kind", kind)
                    .addKeyValue("subject", subject)
                    .addKeyValue("problem", problem)
                    .log("repairing");
            try {
                mend.run();
            } catch (IOException | ServiceException e) {
                failure = String.valueOf(e.getMessage());
                log.atWarn().addKeyValue("subject", subject).setCause(e).log("not repaired");
            }
        }
        found.add(new Finding(kind, subject, problem, repair && failure.isEmpty(), failure));
    }

    /** Looks for some; what cannot be looked for is told of in the log. */
    void look(String what, Step search) {
        try {
            search.run();
        } catch (IOException | ServiceException e) {
            log.atWarn().addKeyValue("what", what).setCause(e).log("sweep failed");
        }
    }

    List<Finding> all() {
        return List.copyOf(found);
    }
}
