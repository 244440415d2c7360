import { type DeviceListing, listDevices } from "@ansatz/tensor";
import { isOn, parseArguments } from "./arguments.ts";
import { type Command, HELP_FLAG, helpPage, JSON_FLAG, refuseExtra } from "./command.ts";
import { EXIT } from "./exit-code.ts";
import { type Output, print, printJson } from "./terminal.ts";
import { textTable } from "./text-table.ts";

export const devices: Command = {
  name: "devices",
  usage: "devices [flags]",
  summary: "Shows what can compute here, and for what cannot, why and what to do about it.",
  flags: [JSON_FLAG, HELP_FLAG],
  async run(line, { out }) {
    const arguments_ = parseArguments(line, devices.flags);
    refuseExtra(arguments_, 0);
    if (isOn(arguments_, "help")) print(out, helpPage(devices));
    else {
      const listings = await listDevices();
      if (isOn(arguments_, "json")) printJson(out, listings);
      else showDevices(listings, out);
    }
    return EXIT.ok;
  },
};

function showDevices(listings: readonly DeviceListing[], out: Output): void {
  const rows = listings.map((listing) =>
    listing.available
      ? [listing.kind, "✓", listing.description.name, listing.description.dtypes.join(" ")]
      : [listing.kind, "✗", "not available", ""],
  );
  print(out, textTable(["device", "", "what it is", "dtypes"], rows));
  for (const listing of listings)
    if (!listing.available) print(out, `\n${listing.kind}: ${listing.reason}\n  ${listing.remedy}`);
}
