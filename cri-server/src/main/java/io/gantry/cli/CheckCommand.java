package io.gantry.cli;

import io.gantry.proto.engine.CheckRequest;
import io.gantry.proto.engine.CheckResponse;
import io.gantry.proto.engine.Finding;
import io.gantry.proto.engine.UpkeepGrpc;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "check",
        description = {
            "Compare what the daemon keeps with what is there, every blob with its digest, and the"
                    + " files of layers with their blobs.",
            "Exits with 1 when something is wrong and was not repaired."
        })
final class CheckCommand extends GantrySubcommand {

    @Mixin private final OutputOptions output = new OutputOptions();

    @Option(names = "--repair", description = "Mend what is found.")
    private boolean repair;

    @Option(names = "--skip-blobs", description = "Do not read the blobs and layers of images.")
    private boolean skipBlobs;

    CheckCommand(GantryCommand root) {
        super(root);
    }

    @Override
    public Integer call() {
        CheckResponse found =
                UpkeepGrpc.newBlockingStub(channel())
                        .check(
                                CheckRequest.newBuilder()
                                        .setRepair(repair)
                                        .setSkipBlobs(skipBlobs)
                                        .build());
        if (output.json()) {
            OutputOptions.printJson(streams(), found.getFindingsList());
        } else {
            print(found);
        }
        return found.getFindingsList().stream().allMatch(Finding::getRepaired)
                ? ExitCodes.OK
                : ExitCodes.FAILED;
    }

    private void print(CheckResponse found) {
        if (!found.getFindingsList().isEmpty()) {
            Table table = new Table("KIND", "SUBJECT", "PROBLEM", "REPAIRED");
            for (Finding finding : found.getFindingsList()) {
                table.add(
                        finding.getKind(),
                        subject(finding.getSubject()),
                        finding.getProblem(),
                        repaired(finding));
            }
            table.print(streams().out());
        }
        String read =
                skipBlobs
                        ? "blobs were not read"
                        : "%d blobs read, %s; %d layers compared"
                                .formatted(
                                        found.getBlobs(),
                                        HumanText.size(found.getBlobBytes()),
                                        found.getLayers());
        streams().out().println(found.getFindingsCount() + " findings; " + read);
    }

    /** A path is shown whole. */
    private String subject(String subject) {
        return subject.startsWith("/") ? subject : output.id(subject);
    }

    private static String repaired(Finding finding) {
        if (finding.getRepaired()) {
            return "yes";
        }
        return finding.getFailure().isEmpty() ? "no" : "no: " + finding.getFailure();
    }
}
