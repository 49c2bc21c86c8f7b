import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Prints the Nexmark events that NexmarkGoldenTests expects, drawn from the real java.util.Random.
 *
 * <p>A second, independent writing of the algorithm that docs/decisions/0009 describes, to check the
 * Swift one against. Run it again with:
 *
 * <pre>
 * javac -d /tmp/nexmark ExpectedEvents.java
 * java -cp /tmp/nexmark ExpectedEvents > expected-events.tsv
 * </pre>
 *
 * <p>Each section has a head "# name", some events as tab-separated lines, and a line "= count hash":
 * the 64-bit FNV-1a hash of the lines of that many events, each with a newline.
 */
public final class ExpectedEvents {
  final long rate;
  final long group;
  final int hotAuction;
  final int hotSeller;
  final int hotBidder;

  ExpectedEvents(long rate, long group, int hotAuction, int hotSeller, int hotBidder) {
    this.rate = rate;
    this.group = group;
    this.hotAuction = hotAuction;
    this.hotSeller = hotSeller;
    this.hotBidder = hotBidder;
  }

  static final long BASE = 1436918400000L;
  static final String[] CHANNELS = new String[10004];
  static final String[] ADDRESSES = new String[10004];

  static {
    Random fixed = new Random(2);
    String[] hot = {"Google", "Facebook", "Baidu", "Apple"};
    for (int i = 0; i < 10004; i++) {
      StringBuilder address = new StringBuilder("https://www.nexmark.com/");
      for (int part = 0; part < 3; part++) {
        address.append(words(fixed, 5, '_')).append('/');
      }
      address.append("item.htm?query=1");
      if (i < 4) {
        CHANNELS[i] = hot[i];
      } else {
        int number = i - 4;
        CHANNELS[i] = "channel-" + number;
        if (fixed.nextInt(10) > 0) {
          address.append("&channel_id=").append(Math.abs(Integer.reverse(number)));
        }
      }
      ADDRESSES[i] = address.toString();
    }
  }

  long time(long number) {
    double microseconds = 1000000.0 / rate;
    return BASE + (long) (number * microseconds) / 1000L;
  }

  static String words(Random random, int limit, char special) {
    int length = 3 + random.nextInt(limit - 3);
    char[] text = new char[length];
    for (int i = 0; i < length; i++) {
      text[i] = random.nextInt(13) == 0 ? special : (char) ('a' + random.nextInt(26));
    }
    return new String(text).trim();
  }

  static String filler(Random random, int size, int average) {
    if (size > average) {
      return "";
    }
    int rest = average - size;
    int spread = (int) Math.round(rest * 0.2);
    int length = rest - spread + (spread == 0 ? 0 : random.nextInt(2 * spread));
    StringBuilder text = new StringBuilder();
    for (int digits = 0, number = 0; length > 0; length--, digits--) {
      if (digits == 0) {
        number = random.nextInt();
        digits = 6;
      }
      text.append((char) ('a' + number % 26));
      number /= 26;
    }
    return text.toString();
  }

  static long below(Random random, long bound) {
    return bound < Integer.MAX_VALUE
        ? random.nextInt((int) bound)
        : Math.abs(random.nextLong() % bound);
  }

  static long price(Random random) {
    return Math.round(Math.pow(10.0, random.nextDouble() * 6.0) * 100.0);
  }

  static long lastPerson(long id) {
    return id / 50;
  }

  static long lastAuction(long id) {
    long place = id % 50;
    if (place == 0) {
      return id / 50 * 3 - 1;
    }
    return id / 50 * 3 + Math.min(place - 1, 2);
  }

  static long anyPerson(Random random, long id) {
    long people = lastPerson(id) + 1;
    long active = Math.min(people, 1000);
    return people - active + below(random, active + 10);
  }

  String event(long number) {
    long adjusted = number / group * group + number * 953 % group;
    long id = adjusted;
    long time = time(adjusted);
    Random random = new Random(id);
    List<Object> fields = new ArrayList<>();
    fields.add(number);
    if (id % 50 == 0) {
      person(fields, random, id, time);
    } else if (id % 50 < 4) {
      auction(fields, random, id, time);
    } else {
      bid(fields, random, id, time);
    }
    StringBuilder line = new StringBuilder();
    for (Object field : fields) {
      line.append(line.length() == 0 ? "" : "\t").append(field);
    }
    return line.toString();
  }

  void person(List<Object> fields, Random random, long id, long time) {
    String[] first =
        "Peter Paul Luke John Saul Vicky Kate Julie Sarah Deiter Walter".split(" ");
    String[] last = "Shultz Abrams Spencer White Bartels Walton Smith Jones Noris".split(" ");
    String[] cities =
        "Phoenix,Los Angeles,San Francisco,Boise,Portland,Bend,Redmond,Seattle,Kent,Cheyenne"
            .split(",");
    String[] states = "AZ CA ID OR WA WY".split(" ");
    String name = first[random.nextInt(11)];
    name += " " + last[random.nextInt(9)];
    String mail = words(random, 7, ' ');
    mail += "@" + words(random, 5, ' ') + ".com";
    String card = "";
    for (int i = 0; i < 4; i++) {
      card += (i == 0 ? "" : " ") + String.format("%04d", random.nextInt(10000));
    }
    String city = cities[random.nextInt(10)];
    String state = states[random.nextInt(6)];
    int size =
        8 + name.length() + mail.length() + card.length() + city.length() + state.length();
    fields.add("person");
    fields.add(lastPerson(id) + 1000);
    fields.addAll(List.of(name, mail, card, city, state, time, filler(random, size, 200)));
  }

  void auction(List<Object> fields, Random random, long id, long time) {
    long seller =
        random.nextInt(hotSeller) > 0 ? lastPerson(id) / 100 * 100 : anyPerson(random, id);
    long category = 10 + random.nextInt(5);
    long initial = price(random);
    long horizon = time(id + 100 * 50 / 3) - time;
    long expires = time + 1 + below(random, Math.max(2 * horizon, 1));
    String item = words(random, 20, ' ');
    String description = words(random, 100, ' ');
    long reserve = initial + price(random);
    String extra = filler(random, 48 + item.length() + description.length(), 500);
    fields.add("auction");
    fields.add(lastAuction(id) + 1000);
    fields.addAll(List.of(item, description, initial, reserve, time, expires));
    fields.addAll(List.of(seller + 1000, category, extra));
  }

  void bid(List<Object> fields, Random random, long id, long time) {
    long last = lastAuction(id);
    long auction;
    if (random.nextInt(hotAuction) > 0) {
      auction = last / 100 * 100;
    } else {
      long oldest = Math.max(last - 100, 0);
      auction = oldest + below(random, last - oldest + 11);
    }
    long bidder =
        random.nextInt(hotBidder) > 0 ? lastPerson(id) / 100 * 100 + 1 : anyPerson(random, id);
    long price = price(random);
    int channel = random.nextInt(2) > 0 ? random.nextInt(4) : 4 + random.nextInt(10000);
    fields.add("bid");
    fields.addAll(List.of(auction + 1000, bidder + 2000, price));
    fields.addAll(List.of(CHANNELS[channel], ADDRESSES[channel], time, filler(random, 32, 100)));
  }

  void print(PrintStream out, String name, long count, long... samples) {
    out.println("# " + name);
    for (long number : samples) {
      out.println(event(number));
    }
    long hash = 0xcbf29ce484222325L;
    for (long number = 0; number < count; number++) {
      for (byte octet : (event(number) + "\n").getBytes(StandardCharsets.UTF_8)) {
        hash = (hash ^ (octet & 0xff)) * 0x100000001b3L;
      }
    }
    out.println("= " + count + " " + Long.toUnsignedString(hash, 16));
  }

  public static void main(String[] arguments) {
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    long[] some = {
      0, 1, 2, 3, 4, 5, 6, 49, 50, 51, 54, 99, 100, 5000, 5001, 5004, 5049, 123450, 123451, 123456,
      1000000000, 1000000001, 1000000004, 1000000049, 4294967300L, 281474976710654L,
    };
    new ExpectedEvents(10000, 1, 2, 4, 4).print(out, "published", 200000, some);
    new ExpectedEvents(3, 1000, 100, 3, 7).print(out, "shuffled", 100000, 0, 1, 2, 999, 1000, 1001);
    out.flush();
  }
}
