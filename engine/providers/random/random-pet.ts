import { drawnOnce } from "./drawn-once";
import { oneOf } from "./random-text";

/** A name of words that can be read aloud: adverbs, an adjective, an animal. */
export const randomPet = drawnOnce({
  attributes: { keepers: "keepers", length: "integer", prefix: "string", separator: "string" },
  required: [],
  attributesOf: (inputs) => ({ length: 2, separator: "-", ...inputs }),
  drawn: [],

  refuse: ({ length }) =>
    Number(length) < 1 ? { property: "length", reason: `is ${length}; it must be at least 1` } : undefined,

  async draw({ length, prefix, separator }) {
    const words = [oneOf(animals)];
    if (Number(length) > 1) words.unshift(oneOf(adjectives));
    while (words.length < Number(length)) words.unshift(oneOf(adverbs));
    if (prefix) words.unshift(String(prefix));
    return { id: words.join(String(separator)), outputs: {} };
  },
});

const adverbs =
  "barely boldly briefly calmly clearly daily dearly duly early fairly firmly fondly freely gently gladly highly jointly kindly lately lightly loosely mainly mildly mostly nearly neatly newly nicely openly partly plainly poorly purely quickly quietly rarely readily really safely sharply shortly simply slowly smoothly softly solely steadily strictly strongly subtly surely swiftly truly usually vastly warmly widely wisely".split(
    " ",
  );

const adjectives =
  "able alert amber ample apt azure bold brave brief bright brisk calm candid careful charming cheerful civil clean clear clever cosy curious daring deep eager early earnest fair famous fine firm fond frank free fresh gentle glad golden grand happy hardy honest humble jolly keen kind lively loyal lucky mellow merry mild modest neat noble patient plain polite proud quick quiet ready robust sharp shiny silent simple sincere smart smooth steady stout strong sturdy subtle sunny swift tender tidy tough warm wise witty young".split(
    " ",
  );

const animals =
  "albatross alpaca antelope badger bat beaver bee bison buffalo camel cat cheetah cobra cod crab crane cricket crow deer dingo dolphin donkey dove duck eagle eel elk falcon ferret finch fox frog gecko gibbon goat goose gull hare hawk hedgehog heron herring horse ibex jackal jay kestrel kiwi koala lark lemur leopard lion lizard llama lobster lynx magpie marten mole moose moth mouse newt octopus orca osprey otter owl oyster panda parrot pelican penguin perch pigeon pike pony puffin quail rabbit raven robin salmon seal shark sheep shrew snail sparrow squid stork swan swift tapir tiger toad trout tuna turtle viper vole walrus wasp whale wolf wombat wren yak zebra".split(
    " ",
  );
