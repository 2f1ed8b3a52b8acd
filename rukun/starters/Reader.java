// Reads the cases of your provinces and prints each once, in the order of each case.
//
//   java -cp 'kafka-clients.jar:slf4j-api.jar' Reader.java partner.properties rukun.public.cases.31.v1
//
// A record may come twice: the highest ce_sequence of a case (ce_subject) tells what you have processed. Store it where
// you store the case, and commit after that.

import java.io.FileReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.StringDeserializer;

public class Reader {
    static final Map<String, Long> processed = new HashMap<>();

    public static void main(String[] arguments) throws Exception {
        Properties properties = new Properties();
        properties.load(new FileReader(arguments[0], StandardCharsets.UTF_8));
        List<String> topics = List.of(arguments[1].split(","));
        try (var consumer = new KafkaConsumer<>(properties, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(topics);
            while (true) {
                for (ConsumerRecord<String, String> each : consumer.poll(Duration.ofSeconds(1))) {
                    process(each);
                }
                consumer.commitSync();
            }
        }
    }

    static void process(ConsumerRecord<String, String> each) {
        if (each.value() == null) {
            return;
        }
        String subject = header(each, "ce_subject");
        long sequence = Long.parseLong(header(each, "ce_sequence"));
        if (sequence <= processed.getOrDefault(subject, 0L)) {
            return;
        }
        processed.put(subject, sequence);
        System.out.println(subject + " " + sequence + " " + each.value());
    }

    static String header(ConsumerRecord<String, String> each, String name) {
        return new String(each.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
    }
}
