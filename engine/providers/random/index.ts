import type { ProviderPackage } from "../../provider";
import { providerOf } from "../resource-type";
import { randomId } from "./random-id";
import { randomPassword } from "./random-password";
import { randomPet } from "./random-pet";

/** Package `random`: values drawn once from the system's random source and kept in the state. No configuration. */
export const randomPackage: ProviderPackage = {
  checkConfig: (inputs) => ({ inputs }),
  configure: () =>
    providerOf({
      name: "random",
      types: {
        "random:index/randomId:RandomId": randomId,
        "random:index/randomPassword:RandomPassword": randomPassword,
        "random:index/randomPet:RandomPet": randomPet,
      },
    }),
};
