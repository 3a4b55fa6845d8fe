import { SteadyLoad } from "../../test/support/steady-load";
import type { LoadOrder } from "./redeploy-under-load";

/** A process of its own, so that the load neither slows what is measured nor is slowed by it. */
process.once("message", ({ target, perSecond }: LoadOrder) => {
  const load = new SteadyLoad(target, perSecond);
  process.once("message", async () => {
    process.send?.(await load.stop(), () => process.disconnect());
  });
});

// The one who asked is gone.
process.once("disconnect", () => process.exit());
